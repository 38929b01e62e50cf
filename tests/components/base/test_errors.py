"""How an error reads, whatever the value, and what it ends the program with."""

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError, one_message


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        pytest.param("variant", "natt", "ssm-only:variant is 'natt': ", id="text"),
        pytest.param("zones", 7, "ssm-only:zones is 7: ", id="a number"),
        pytest.param("buckets", ("foo", "bär"), 'ssm-only:buckets is ["foo", "bär"]: ', id="a list, read already"),
        pytest.param("tags", {"a": True}, 'ssm-only:tags is {"a": true}: ', id="a map"),
        pytest.param("instances[0].ami", None, "ssm-only:instances[0].ami is null: ", id="nothing"),
        pytest.param("aws:region", "eu-west-1", "aws:region is 'eu-west-1': ", id="a key of the provider"),
        pytest.param("tags.AWS:x", "y", "ssm-only:tags.AWS:x is 'y': ", id="a colon in a key of ours"),
        pytest.param("variant", "x" * 300, f"ssm-only:variant is '{'x' * 119}… (302 characters): ", id="a long text"),
        pytest.param(f"tags.{'k' * 300}", "v", f"{'k' * 186}… (314 characters) is 'v': ", id="a long key"),
    ],
)
def test_a_value_is_shown_as_it_is_written(key: str, value: object, shown: str) -> None:
    assert shown in f"{ConfigError(key, value, 'mend it.')}"


@given(st.text(st.characters(), max_size=20), st.lists(st.text(st.characters())), st.text(max_size=5_000))
def test_any_error_can_be_printed_and_is_no_longer_than_a_page(key: str, value: list[str], advice: str) -> None:
    """The characters that hypothesis draws have half pairs of surrogates among them, which JSON can spell."""
    message = str(ConfigError(key, [*value, "\ud800"], advice))

    assert len(message.encode()) < 9_000
    assert len(message) < 2_500


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(ConfigError("zones", 7, "use 1."), "ssm-only:zones is 7: use 1.", id="a wrong setting"),
        pytest.param(
            Exception("invoke of aws:ec2/getAmi:getAmi failed: invalid AWS Region: x: ()"),
            "AWS does not answer getAmi: invalid AWS Region: x. Set the Region: AWS_REGION, or `pulumi config set "
            "aws:region us-east-1`, with the one that is to have it.",
            id="an AWS that does not answer",
        ),
    ],
)
def test_what_a_person_can_mend_is_one_message(error: Exception, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    with pytest.raises(SystemExit) as end, one_message():
        raise error

    # To any other code the language host adds an error of its own.
    assert (logged, end.value.code) == ([told], 32)


def test_a_mistake_of_the_program_keeps_its_traceback() -> None:
    with pytest.raises(KeyError, match="zones"), one_message():
        raise KeyError("zones")
