"""What is done about a document that is there, or is not."""

from dataclasses import replace

import pytest

from components.base.document_names import DEFAULT_DOCUMENT
from components.base.errors import ConfigError
from components.sessions.account_document import DocumentPlan, Found, Held, Situation, plan_document
from components.sessions.settings import DocumentMode

ARN = f"arn:aws:ssm:us-east-1:123456789012:document/{DEFAULT_DOCUMENT}"
HELD = Held(name=DEFAULT_DOCUMENT, arn=ARN, version="3", content="{}")
NOTHING = Situation(in_state=False, before=None, found=None)
THERE, AHEAD = Found(held=HELD, default_version="3"), Found(held=HELD, default_version="1")
OURS = Situation(in_state=True, before=None, found=THERE, written="3")
ADOPTED = replace(OURS, before=replace(HELD, version="2"))
THEIRS = Situation(in_state=False, before=None, found=THERE)


@pytest.mark.parametrize(
    ("mode", "situation", "plan"),
    [
        pytest.param(DocumentMode.CREATE, NOTHING, DocumentPlan(), id="create where there is none"),
        pytest.param(DocumentMode.CREATE, OURS, DocumentPlan(latest=HELD), id="create, again"),
        pytest.param(DocumentMode.NAMED, NOTHING, DocumentPlan(), id="named where there is none"),
        pytest.param(DocumentMode.NAMED, OURS, DocumentPlan(latest=HELD), id="named, again"),
        pytest.param(
            DocumentMode.ADOPT, THEIRS, DocumentPlan(adopted=HELD, takes_over=True, latest=HELD), id="adopt another's"
        ),
        pytest.param(DocumentMode.ADOPT, ADOPTED, DocumentPlan(adopted=ADOPTED.before, latest=HELD), id="adopt, again"),
        pytest.param(
            DocumentMode.CREATE,
            replace(OURS, written="2"),
            DocumentPlan(latest=HELD, is_behind=True),
            id="ours, which somebody changed",
        ),
        pytest.param(
            DocumentMode.CREATE,
            replace(OURS, written=None),
            DocumentPlan(latest=HELD, is_behind=True),
            id="ours, of which an update failed",
        ),
        pytest.param(
            DocumentMode.ADOPT,
            replace(ADOPTED, found=None),
            DocumentPlan(adopted=ADOPTED.before, is_behind=True),
            id="ours, which somebody deleted",
        ),
    ],
)
def test_a_mode_that_goes_with_what_there_is(mode: DocumentMode, situation: Situation, plan: DocumentPlan) -> None:
    assert plan_document(mode, DEFAULT_DOCUMENT, situation) == plan


@pytest.mark.parametrize(
    ("mode", "name", "situation", "message"),
    [
        pytest.param(
            DocumentMode.CREATE,
            DEFAULT_DOCUMENT,
            THEIRS,
            "ssm-only:sessions.document is 'create': this account has a document SSM-SessionManagerRunShell in this "
            "Region, and this stack did not make it. Set it to adopt to take it over (what it holds is kept), to named "
            "for a document of another name, or to skip to leave it to its owner.",
            id="create where another has made it",
        ),
        pytest.param(
            DocumentMode.NAMED,
            "team-b",
            THEIRS,
            "ssm-only:sessions.document is 'named': this account has a document team-b in this Region, and this stack "
            "did not make it. Give sessions.name another name.",
            id="named where another has this name",
        ),
        pytest.param(
            DocumentMode.CREATE,
            DEFAULT_DOCUMENT,
            ADOPTED,
            "ssm-only:sessions.document is 'create': this stack adopted SSM-SessionManagerRunShell, and destroying the "
            "stack would delete it with all its versions. Set it back to adopt.",
            id="create of what was adopted",
        ),
        pytest.param(
            DocumentMode.ADOPT,
            DEFAULT_DOCUMENT,
            NOTHING,
            "ssm-only:sessions.document is 'adopt': this account has no SSM-SessionManagerRunShell in this Region. Set "
            "it to create.",
            id="adopt where there is none",
        ),
        pytest.param(
            DocumentMode.ADOPT,
            DEFAULT_DOCUMENT,
            OURS,
            "ssm-only:sessions.document is 'adopt': this stack made SSM-SessionManagerRunShell, so there is nothing to "
            "adopt. Set it back to create.",
            id="adopt of what this stack made",
        ),
        pytest.param(
            DocumentMode.ADOPT,
            DEFAULT_DOCUMENT,
            replace(THEIRS, found=AHEAD),
            "ssm-only:sessions.document is 'adopt': the default version of SSM-SessionManagerRunShell is 1, and "
            "sessions take the latest, 3. Make them one: aws ssm update-document-default-version "
            "--region us-east-1 --name SSM-SessionManagerRunShell --document-version 3",
            id="adopt of a document that can't be updated",
        ),
        pytest.param(
            DocumentMode.NAMED,
            "team-b",
            replace(OURS, found=AHEAD),
            "ssm-only:sessions.document is 'named': the default version of team-b is 1, and sessions take the latest, "
            "3. Make them one: aws ssm update-document-default-version --region us-east-1 --name team-b "
            "--document-version 3",
            id="ours, so as another left it",
        ),
    ],
)
def test_a_mode_that_would_take_something_away(
    mode: DocumentMode, name: str, situation: Situation, message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        plan_document(mode, name, situation)

    assert str(error.value) == message
