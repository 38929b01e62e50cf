"""What ends the doctor without a verdict, in a sentence that says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEW_CREDENTIALS = "Get new ones (aws sso login, or however your team does), or choose others with AWS_PROFILE."
_NO_CREDENTIALS = "No AWS credentials were found. Set AWS_PROFILE, or sign in: aws configure sso, then aws sso login."
# EC2 has older names than the services that speak JSON ("Common error codes" in the EC2 API reference).
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestExpiredException"}
_INVALID = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_THROTTLED = {
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
_SIGN_IN = (
    exceptions.SSOError,
    exceptions.LoginError,
    exceptions.TokenRetrievalError,
    exceptions.CredentialRetrievalError,
    exceptions.PartialCredentialsError,
)


# What botocore's parsers come to with an answer that is none of AWS's, and what does who then looks for its members.
_UNREADABLE = (ResponseParserError, AttributeError, LookupError, TypeError, ValueError)
_SERVER_ERROR = 500


class DoctorError(Exception):
    """No verdict is possible; the text says why and what helps."""


class UnreadableError(exceptions.BotoCoreError):
    """What came back is none of AWS's answers: a proxy's or a sign-in page, or a part of one."""

    fmt = "the answer to {action} can't be read: a proxy or a sign-in page may stand between here and AWS"


@contextmanager
def reading(action: str) -> Iterator[None]:
    """Turns whatever an answer that can't be read ends in into an UnreadableError.

    Args:
        action: what was asked.
    """
    try:
        yield
    except (exceptions.ClientError, exceptions.BotoCoreError):
        # Some of botocore's own errors are ValueErrors too.
        raise
    except _UNREADABLE as error:
        raise UnreadableError(action=action) from error


@contextmanager
def explained() -> Iterator[None]:
    """Turns whatever an AWS call raises into a DoctorError."""
    try:
        yield
    except exceptions.ClientError as error:
        raise DoctorError(_refusal(error)) from error
    except exceptions.BotoCoreError as error:
        raise DoctorError(_failure(error)) from error


def is_denied(error: exceptions.ClientError) -> bool:
    """Whether the caller may not ask this, as opposed to having no valid credentials at all."""
    return code(error) in _DENIED


def refuses_credentials(error: exceptions.ClientError) -> bool:
    """Whether nothing more can be asked with these credentials."""
    return code(error) in _EXPIRED | _INVALID


def lacks_credentials(error: exceptions.BotoCoreError) -> bool:
    """Whether there is nothing to ask with."""
    return isinstance(error, (exceptions.NoCredentialsError, *_SIGN_IN))


def is_of_aws(error: exceptions.ClientError) -> bool:
    """Whether AWS fails or slows down, as opposed to what was asked being wrong."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code(error) in _THROTTLED or status >= _SERVER_ERROR


def code(error: exceptions.ClientError) -> str:
    """AWS's code of the error, for example `UnauthorizedOperation`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(error: exceptions.ClientError) -> str:
    name = code(error)
    message = error.response.get("Error", {}).get("Message", "")
    if name in _EXPIRED:
        return f"AWS says that the credentials have expired ({name}). {_NEW_CREDENTIALS}"
    if name in _INVALID:
        return f"AWS does not accept the credentials ({name}: {message}). {_NEW_CREDENTIALS}"
    if name in _THROTTLED:
        return (
            f"AWS still refuses {error.operation_name} as too frequent after all retries ({name}). "
            "Something else in the account calls it a lot: try again later."
        )
    if name in _DENIED:
        return f"You may not call {error.operation_name}, without which there is no verdict: {message}"
    return f"AWS answered {error.operation_name} with {name}: {message}"


def _failure(error: exceptions.BotoCoreError) -> str:
    said = " ".join(str(error).split())
    if isinstance(error, exceptions.NoRegionError):
        return "No Region is known. Set AWS_REGION, or say --region."
    if isinstance(error, exceptions.NoCredentialsError):
        return _NO_CREDENTIALS
    if isinstance(error, _SIGN_IN):
        return f"The AWS credentials can't be used: {said} {_NEW_CREDENTIALS}"
    return f"AWS can't be asked: {said}"
