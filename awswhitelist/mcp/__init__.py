"""The Model Context Protocol over a byte stream; knows nothing of AWS.

Bytes come in through ``server.py``, are cut into lines by ``framing.py``, read by ``parser.py``,
answered by ``router.py`` with the handlers of ``handlers/``, and go out through ``streams.py``.
Importing the package does nothing.
"""
