"""Describe calls of any service: every page of an answer, and "not found" as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from awswhitelist.aws.invoke import invoke
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsError, UnavailableError

Item = Mapping[str, Any]

FILTER_VALUES = 200
"""The most values of one filter (EC2 user guide, "List and filter your resources")."""

_LITERALLY = str.maketrans({"\\": "\\\\", "*": "\\*", "?": "\\?"})
"""EC2's filters take * and ? for wildcards, and group names may hold a *."""


def literally(value: str) -> str:
    """A filter's value that stands for itself, whatever characters it holds."""
    return value.translate(_LITERALLY)


def filtered(filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """EC2's ``Filters``: what passes all of them, each by any of its values. None for none."""
    listed = [{"Name": name, "Values": list(values)} for name, values in filters.items()]
    return {"Filters": listed} if listed else {}


class Listing(NamedTuple):
    """A describe call: its method, the list in its answer, and how it gives the next page.

    ``absent`` are the AWS codes by which it says that there is no such thing.
    """

    method: str
    member: str
    asks_with: str = "Marker"
    answers_with: str = "Marker"
    absent: frozenset[str] = frozenset()


class Describer:
    """Describe calls with one client, on behalf of one call of ours. Cheap to make."""

    def __init__(self, client: Any, retry: RetryPolicy, ctx: CallContext) -> None:
        """``client`` is a botocore client whose own retries are off."""
        self._client = client
        self._retry = retry
        self._ctx = ctx

    def items(self, listing: Listing, params: Mapping[str, Any]) -> Iterator[Item]:
        """Everything that the call lists, page by page; nothing where AWS knows no such thing.

        Raises the AwsError that fits, CallCancelledError or CallTimeoutError.
        """
        try:
            for page in self._pages(listing, params):
                yield from page.get(listing.member, ())
        except AwsError as error:
            if error.aws_code not in listing.absent:
                raise

    def _pages(self, listing: Listing, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        page = self._call(listing.method, params)
        yield page
        while token := page.get(listing.answers_with):
            page = self._call(listing.method, {**params, listing.asks_with: token})
            if page.get(listing.answers_with) == token:
                raise UnavailableError("AWS's answer has no end.")
            yield page

    def _call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return invoke(self._client, method, params, retry=self._retry, ctx=self._ctx)
