"""What a person reads when AWS does not answer, from what Pulumi, the bridge, the provider and the SDK wrote."""

import pytest

from components.base.answers import explain, is_denied, is_missing, words_of

TOKEN = "aws:index/getAvailabilityZones:getAvailabilityZones"
BEFORE = f"invoke of {TOKEN} failed: invocation of {TOKEN} returned an error: "
DENIED = (
    "reading EC2 Availability Zones: operation error EC2: DescribeAvailabilityZones, https response error StatusCode: "
    "403, RequestID: 2f6e1c6e-0d6a-4a0e-9d4e-5f1f1f6a7a10, api error UnauthorizedOperation: You are not authorized to "
    "perform this operation."
)
NAMED = (
    " User: arn:aws:sts::111122223333:assumed-role/previewer/ann is not authorized to perform: "
    "ec2:DescribeAvailabilityZones because no identity-based policy allows the ec2:DescribeAvailabilityZones action. "
    f"Encoded authorization failure message: {'x' * 900}"
)
NEEDS = "Whoever deploys needs the right ec2:DescribeAvailabilityZones."


# What the provider says: its own texts, those of AWS's SDK for Go, and those of the APIs.
@pytest.mark.parametrize(
    ("said", "words", "what_to_do"),
    [
        pytest.param("invalid AWS Region: us-east-9: ", "invalid AWS Region: us-east-9", "AWS_REGION", id="Region"),
        pytest.param("invalid AWS Region: : ", "invalid AWS Region", "pulumi config set aws:region", id="no Region"),
        pytest.param(
            "Missing region information\nMake sure …", "Missing region", "AWS_REGION", id="none, told by Pulumi"
        ),
        pytest.param(
            "failed to get shared config profile, none: ", "failed to get shared config", "AWS_PROFILE", id="profile"
        ),
        pytest.param(
            "Invoke: getProviderFromSource: context canceled",
            "Invoke: getProviderFromSource: context canceled",
            "did not start, and the line above says why. Set the Region: AWS_REGION",
            id="a provider that does not start, since Pulumi 3.274",
        ),
        pytest.param(
            "No valid credential sources found. Please see https://www.pulumi.com/… Error: failed to refresh cached "
            "credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled",
            "No valid credential sources found",
            "There are no credentials. Sign in: `aws sso login`",
            id="no credentials",
        ),
        pytest.param(
            "operation error EC2: DescribeAvailabilityZones, get identity: get credentials: failed to refresh cached "
            "credentials, no EC2 IMDS role found",
            "operation error EC2",
            "There are no credentials.",
            id="no credentials, told by the SDK",
        ),
        pytest.param(
            "operation error EC2: DescribeAvailabilityZones, https response error StatusCode: 400, RequestID: 7a, api "
            "error RequestExpired: Request has expired.",
            "RequestExpired: Request has expired",
            "The sign-in is over, or the clock is wrong.",
            id="an expired session, told by EC2",
        ),
        pytest.param(
            "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 7a, api error "
            "ExpiredToken: The security token included in the request is expired",
            "ExpiredToken: The security token included in the request is expired",
            "The sign-in is over",
            id="an expired token",
        ),
        pytest.param(
            "The configured AWS credentials have expired.\nRefresh the temporary credentials and try again.",
            "The configured AWS credentials have expired",
            "The sign-in is over",
            id="an expired token, told by Pulumi",
        ),
        pytest.param(
            "get credentials: failed to refresh cached credentials, the SSO session has expired or is invalid: open "
            "/home/ann/.aws/sso/cache/1.json: no such file or directory",
            "get credentials",
            "The sign-in is over",
            id="no single sign-on any more",
        ),
        pytest.param(
            "operation error EC2: DescribeAvailabilityZones, https response error StatusCode: 401, RequestID: 7a, api "
            "error AuthFailure: AWS was not able to validate the provided access credentials",
            "AuthFailure: AWS was not able",
            "the Region is not enabled in the account",
            id="a key that is none, or a Region that is off",
        ),
        pytest.param(DENIED, "UnauthorizedOperation: You are not", NEEDS, id="a right, known by the operation"),
        pytest.param(DENIED + NAMED, "UnauthorizedOperation: You are not", NEEDS, id="a right that AWS names"),
        pytest.param(
            "operation error CloudWatch Logs: DescribeLogGroups, https response error StatusCode: 400, api error "
            "AccessDeniedException: no",
            "AccessDeniedException: no",
            "needs the right logs:DescribeLogGroups.",
            id="a right of a service of two words",
        ),
        pytest.param(
            "operation error EC2: DescribeAvailabilityZones, exceeded maximum number of attempts, 25, https "
            'response error StatusCode: 0, RequestID: , request send failed, Post "https://ec2.moon-1.amazonaws.com/": '
            "dial tcp: lookup ec2.moon-1.amazonaws.com: no such host",
            "operation error EC2",
            "HTTPS_PROXY",
            id="no way to AWS",
        ),
        pytest.param(
            "operation error EC2: DescribeAvailabilityZones, https response error StatusCode: 503, RequestID: 7a, api "
            "error RequestLimitExceeded: Request limit exceeded.",
            "RequestLimitExceeded: Request limit exceeded",
            "Try again",
            id="too many calls",
        ),
        pytest.param(
            f"invoking {TOKEN}: 1 error occurred:\n\t* Something that nobody has seen before.\n\n",
            "Something that nobody has seen before",
            "Nothing was changed.",
            id="anything else",
        ),
    ],
)
def test_the_line_has_what_was_asked_what_aws_said_and_what_to_do(said: str, words: str, what_to_do: str) -> None:
    error = Exception(BEFORE + said)
    line = explain(error)

    assert line is not None
    assert line.startswith(f"AWS does not answer getAvailabilityZones: {words}")
    assert what_to_do in line.removeprefix(f"AWS does not answer getAvailabilityZones: {words_of(error)}. ")
    assert len(line) < 700
    for not_for_people in ("\n", "invoke of", "invocation of", "RequestID: 2f6e1c6e", "error occurred", ": ."):
        assert not_for_people not in line


# As the provider puts them, each for the thing that is asked for.
@pytest.mark.parametrize(
    ("said", "missing", "denied"),
    [
        pytest.param("reading SSM Parameter (/x): couldn't find resource", True, False, id="a parameter"),
        pytest.param("Your query returned no results. Please change your search", True, False, id="an image"),
        pytest.param("StatusCode: 400, api error InvalidAMIID.NotFound: no", True, False, id="an image, told by EC2"),
        pytest.param("no matching EC2 VPC Endpoint Service found", True, False, id="an endpoint service"),
        pytest.param("StatusCode: 400, api error InvalidServiceName: no", True, False, id="one, told by EC2"),
        pytest.param("StatusCode: 404, api error NoSuchEntityException: no", True, False, id="a user"),
        pytest.param("StatusCode: 400, NotFoundException: Invalid keyId x", True, False, id="a key"),
        pytest.param("invalid value for key_id", True, False, id="an id that no key has"),
        pytest.param("StatusCode: 400, InvalidDocument: no", True, False, id="a document"),
        pytest.param("StatusCode: 400, InvalidDocumentVersion: no", False, False, id="a version of a document"),
        pytest.param(DENIED, False, True, id="a right"),
        pytest.param("StatusCode: 400, AccessDeniedException: no", False, True, id="a right, told by KMS"),
        pytest.param("HeadBucket, StatusCode: 403, api error Forbidden: Forbidden", False, True, id="a bucket closed"),
        pytest.param("StatusCode: 403, api error ExpiredToken: it is expired", False, False, id="a sign-in over"),
        pytest.param("StatusCode: 403, InvalidClientTokenId: no", False, False, id="a key that AWS does not know"),
        pytest.param("AccessDenied: no, for the user expired", False, True, id="a right, of somebody with a bad name"),
        pytest.param("StatusCode: 500, InternalError: x", False, False, id="anything else"),
    ],
)
def test_what_is_not_there_and_what_may_not_be_asked(said: str, *, missing: bool, denied: bool) -> None:
    error = Exception(BEFORE + said)

    assert (is_missing(error), is_denied(error)) == (missing, denied)


def test_no_other_error_is_taken_for_an_answer_of_aws() -> None:
    assert explain(KeyError("zones")) is None
    assert explain(Exception("invoke of pulumi:pulumi:readStackResourceOutputs failed: no stack")) is None


def test_the_words_of_an_answer_are_aws_alone() -> None:
    """Pulumi puts the property that a refusal is about into brackets at its end, even if there is none."""
    assert words_of(Exception("invoke of aws:ec2/getAmi:getAmi failed: no results. ()")) == "no results"
    assert words_of(Exception("no such thing")) == "no such thing"
