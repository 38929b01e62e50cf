"""What a function of the provider failed with: AWS's own words out of it, and what a person can do.

Pulumi has no type for it. Its text has the function, several times, and what Pulumi, its bridge, the provider and AWS's
SDK wrote around each other's.
"""

import re
from collections.abc import Sequence

# AWS adds an encoded message of a thousand characters to some refusals.
_LONGEST = 300

_FAILED = re.compile(r"invoke of aws:(?P<function>[\w/]+):\w+ failed: (?P<said>.*)", re.DOTALL)
_WRAPPINGS = re.compile(r"invocation of \S+ returned an error:|invoking \S+:|\d+ errors? occurred:\s*\*")
_BY_AWS = re.compile(r"api error (.+)", re.DOTALL)

_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_OPERATION = re.compile(r"operation error (?:[\w ]+ )?(\w+): (\w+)")

_SIGN_IN = (
    "Sign in: `aws sso login` or `aws login`, or put a key into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. "
    "`aws sts get-caller-identity` says whether it worked."
)
_SET_REGION = (
    "Set the Region: AWS_REGION, or `pulumi config set aws:region us-east-1`, with the one that is to have it."
)

_SET_PROFILE = "Look at AWS_PROFILE and `pulumi config get aws:profile`."

# The first that fits counts: a sign-in that is over may be told as one that is missing too. The texts are those of the
# provider (pulumi-aws, provider/errors; terraform-provider-aws), of AWS's SDK for Go, and of the APIs.
_ADVICE: Sequence[tuple[str, str]] = (
    (r"invalid AWS Region|[Mm]issing [Rr]egion|Invalid region", _SET_REGION),
    (r"shared config profile|AWS profile", _SET_PROFILE),
    (
        r"Expired|expired|SSO session|SSO token|SSO credentials|InvalidGrantException",
        f"The sign-in is over, or the clock is wrong. {_SIGN_IN}",
    ),
    (
        r"[Nn]o valid credential|EC2 IMDS role|get credentials|retrieve credentials|static credentials are empty",
        f"There are no credentials. {_SIGN_IN}",
    ),
    (
        r"InvalidClientTokenId|AuthFailure|UnrecognizedClient|SignatureDoesNotMatch|credentials are invalid",
        f"AWS does not know these credentials, or the Region is not enabled in the account. {_SIGN_IN}",
    ),
    (
        r"dial tcp|no such host|connection re|i/o timeout|deadline exceeded|TLS handshake|x509",
        "AWS cannot be reached from here. Look at the network, HTTPS_PROXY and AWS_ENDPOINT_URL.",
    ),
    # The engine, from 3.274 on, ends everything where a provider does not start, and tells why itself.
    (
        r"getProviderFromSource: context canceled",
        f"Pulumi's provider did not start, and the line above says why. {_SET_REGION} {_SET_PROFILE} {_SIGN_IN}",
    ),
    (r"Throttl|RequestLimitExceeded|TooManyRequests", "AWS takes no more calls just now. Try again in a minute."),
)
_DENIED = re.compile(r"UnauthorizedOperation|AccessDenied|not authorized")
# HeadBucket's answer has no body, so no more than this.
_FORBIDDEN = "StatusCode: 403"
# The provider's own words for what is not there, and the codes of SSM, EC2, IAM and KMS. The last is the provider's of
# an id that no key can have.
_MISSING = re.compile(
    r"couldn't find resource|returned no results|no matching (?:EC2|Route 53)|ParameterNotFound|InvalidDocument:"
    r"|InvalidAMIID|InvalidServiceName|NoSuchEntity|NotFoundException|invalid value for key_id"
)


def words_of(error: Exception) -> str:
    """What AWS said, without what was written around it, in one line."""
    failed = _FAILED.search(str(error))
    said = _WRAPPINGS.sub(" ", failed["said"] if failed else str(error))
    by_aws = _BY_AWS.search(said)
    # An answer of Pulumi's has the property that it is about at its end, in brackets; these are about none.
    line = " ".join((by_aws[1] if by_aws else said).split()).removesuffix("()").rstrip(" :.")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def is_missing(error: Exception) -> bool:
    """Whether what was asked for is not there."""
    return _MISSING.search(str(error)) is not None


def is_denied(error: Exception) -> bool:
    """Whether AWS knows who asks, and does not let them. A sign-in that is over may be refused with 403 too."""
    return _denied(str(error))


def explain(error: Exception) -> str | None:
    """One line: what was asked, what AWS said, what to do; None if it is not a function of the provider that failed."""
    failed = _FAILED.search(str(error))
    if failed is None:
        return None
    return f"AWS does not answer {failed['function'].split('/')[1]}: {words_of(error)}. {_what_to_do(str(error))}"


def _denied(text: str) -> bool:
    return bool(_DENIED.search(text)) or (_FORBIDDEN in text and _known(text) is None)


def _known(text: str) -> str | None:
    return next((advice for pattern, advice in _ADVICE if re.search(pattern, text)), None)


def _what_to_do(text: str) -> str:
    if known := _known(text):
        return known
    if not _denied(text):
        return "Nothing was changed. Once that is put right, the same command goes on."
    right = _right(text)
    return f"Whoever deploys needs the right {right}." if right else "Whoever deploys lacks the right to ask it."


def _right(text: str) -> str | None:
    """The right that is missing: AWS names it, or else it is called as the operation is, but for a few."""
    if named := _ACTION.search(text):
        return named[1]
    asked = _OPERATION.search(text)
    return f"{asked[1].lower()}:{asked[2]}" if asked else None
