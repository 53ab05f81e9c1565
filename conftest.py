"""What holds for every test, wherever it is."""

from __future__ import annotations

from hypothesis import settings

# A busy machine makes a slow example, not a wrong one. The rest stays as hypothesis chose it: on CI
# it draws the same examples in each run.
settings.register_profile(
    "unhurried",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
)
settings.load_profile("unhurried")
