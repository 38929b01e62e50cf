"""What an instance is told at launch: to run our script at this and every later boot, and the person's own."""

import base64
import codecs
import email
import gzip
import hashlib
import io
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from pathlib import Path

from .proxy import Proxy

LIMIT = 16 * 1024
"""Bytes of user data that EC2 takes, before its own base64 (EC2 User Guide, "Run commands at launch")."""

_AGENT = Path(__file__).parent / "agent"
_SETTINGS = "# <settings>\n"
_SH, _POWERSHELL = "{}={}\n", "${} = {}\n"


@dataclass(frozen=True, kw_only=True)
class BootSettings:
    """What the boot script is told; everything else it asks of the instance itself.

    Attributes:
        services: AWS services, by their endpoint's name, that the agent has to reach: ssm, ssmmessages, s3 ...
        internet: whether packets may leave for the internet.
        dual_stack: whether the agent is to use the services' names that have IPv6 too.
        report_parameter: a parameter of Parameter Store that the result is written to.
        ssm_user_sudo: whether `ssm-user` may become root. Linux only, as are the two below.
        run_as_users: names of users that must exist, because sessions run as one of them.
        session_profile: shell lines for every session.
        agent_config: what the agent's configuration says beside its defaults, as JSON.
        proxy: through which all of it goes, and the agent.
    """

    services: Sequence[str]
    internet: bool
    dual_stack: bool = False
    report_parameter: str | None = None
    ssm_user_sudo: bool = True
    run_as_users: Sequence[str] = ()
    session_profile: str = ""
    agent_config: str = ""
    proxy: Proxy | None = None


class UserDataError(ValueError):
    """This cannot be user data.

    Attributes:
        message: what is wrong, as a clause.
        advice: what to write instead, as an imperative.
    """

    def __init__(self, message: str, advice: str) -> None:
        """Both parts make one sentence."""
        super().__init__(f"{message}: {advice}")
        self.message, self.advice = message, advice


def linux_user_data(boot: BootSettings, extra: str = "") -> str:
    """Base64 for EC2 (`user_data_base64`): a MIME archive of our boothook and of what the person wrote.

    cloud-init runs a boothook at each boot, from user data that it fetches anew, so a change takes effect at the next
    boot; `write_files` and scripts run once in an instance's life (cloud-init, "User data formats"). None of ours is
    cloud-config, so the person's has nothing of ours to replace.

    Text that fits stays text, for whoever reads it with describe-instance-attribute. Only what does not fit is
    compressed: a deflate stream depends on the zlib that made it, and changed user data stops and starts the instance.

    Args:
        boot: what the script is told.
        extra: any of cloud-init's formats. When an address of `#include` cannot be fetched, cloud-init 20.3 or newer
            drops all user data of that boot; from the second boot on, the check runs all the same.

    Raises:
        UserDataError: a value cannot be passed on, `extra` is of no known format, or all of it is too large.
    """
    settings = {
        "services": " ".join(boot.services),
        "internet": str(boot.internet).lower(),
        "dual_stack": str(boot.dual_stack).lower(),
        "report_parameter": boot.report_parameter or "",
        "ssm_user_sudo": str(boot.ssm_user_sudo).lower(),
        "run_as_users": " ".join(boot.run_as_users),
        "session_profile": boot.session_profile,
    }
    script = _render_sh("linux.sh", settings, _sh_of_proxy(boot.proxy) + _sh_of_config(boot.agent_config))
    boothook = _render_sh("boothook.sh", {"script": script})
    # First, since boothooks run in order, and the person's may hang.
    plain = _multipart([_part("cloud-boothook", boothook, "ssm-only"), *_parts_of(extra)])
    return _for_ec2(plain, "user data") if len(plain) <= LIMIT else _for_ec2(_compress(plain), "compressed user data")


def windows_user_data(boot: BootSettings, extra: str = "") -> str:
    """Base64 for EC2 (`user_data_base64`): our script, which also starts what the person wrote.

    EC2Launch (v1 and v2) runs `<powershell>` as administrator, with `<persist>` at every boot, and does not unpack gzip
    (EC2 User Guide, "Run commands when you launch an EC2 instance with user data input"). The person's own travels as
    base64, so no text in it is a tag, and runs as a process of its own, so neither it nor the check can end the other.

    Args:
        boot: what the script is told.
        extra: PowerShell, as it is or in `<powershell>`, or batch in `<script>`. It runs once in the instance's life,
            or at every boot if `<persist>true</persist>` follows.

    Raises:
        UserDataError: a value cannot be passed on, `extra` is of no known format, or all of it is too large.
    """
    settings = {
        "Services": " ".join(boot.services),
        "Internet": str(boot.internet).lower(),
        "DualStack": str(boot.dual_stack).lower(),
        "ReportParameter": boot.report_parameter or "",
        **_windows_extra(extra),
    }
    script = _render("windows.ps1", settings, _POWERSHELL, _quote_powershell, _powershell_of_proxy(boot.proxy))
    return _for_ec2(f"<powershell>\n{script}</powershell>\n<persist>true</persist>\n".encode(), "user data")


def _render_sh(file: str, settings: Mapping[str, str], more: str = "") -> str:
    return _render(file, settings, _SH, _quote_sh, more)


# What no stack without it has in its user data, which instances are stopped and started for.
def _sh_of_config(config: str) -> str:
    return _assign({"agent_config": config}, _SH, _quote_sh) + slim(_read("agent-config.sh")) if config else ""


# What no stack without a proxy has in its user data, which instances are stopped and started for.
def _sh_of_proxy(proxy: Proxy | None) -> str:
    if proxy is None:
        return ""
    return _assign({"proxy": proxy.https, "direct": proxy.direct}, _SH, _quote_sh) + slim(_read("proxy.sh"))


def _powershell_of_proxy(proxy: Proxy | None) -> str:
    if proxy is None:
        return ""
    settings = {"Proxy": proxy.https, "NoProxy": proxy.direct}
    return _assign(settings, _POWERSHELL, _quote_powershell) + slim(_read("proxy.ps1"))


def slim(script: str) -> str:
    """A script without what only people read: half of the room that EC2 gives would go to comments and blanks."""
    first, *lines = (line.lstrip(" ") for line in script.splitlines(keepends=True))
    return first + "".join(line for line in lines if line == _SETTINGS or not line.startswith("# "))


def _render(
    file: str, settings: Mapping[str, str], assignment: str, quote: Callable[[str, str], str], more: str = ""
) -> str:
    """Put the assignments, and what follows from more of them, where the file has its one line for them."""
    before, after = slim(_read(file)).split(_SETTINGS)
    return before + _assign(settings, assignment, quote) + more + after


def _assign(settings: Mapping[str, str], assignment: str, quote: Callable[[str, str], str]) -> str:
    return "".join(assignment.format(name, quote(name, value)) for name, value in settings.items())


def _read(file: str) -> str:
    return (_AGENT / file).read_text(encoding="utf-8")


def _quote_sh(name: str, value: str) -> str:
    # No shell's string holds a NUL, and half of a surrogate pair is no character.
    if re.search(r"[\0\ud800-\udfff]", value):
        raise UserDataError(f"{name} holds a character that no shell can hold", "leave NUL and lone surrogates out")
    return shlex.quote(value)


def _quote_powershell(name: str, value: str) -> str:
    # EC2Launch looks for tags in all of the text. Windows PowerShell reads a script in the machine's code page, and
    # takes typographic quotes for quotes. AWS's names for services and parameters have none of these characters.
    if not re.fullmatch("[ -;=-~]*", value):
        raise UserDataError(f"{name} holds a character other than printable ASCII, or a '<'", "leave it out")
    return "'" + value.replace("'", "''") + "'"


# How a person's user data begins, and the subtype of text/ that cloud-init has for it; as there, the longest first.
_FORMATS = {
    "#cloud-config-archive": "cloud-config-archive",
    "## template: jinja": "jinja2",
    "#cloud-config-jsonp": "cloud-config-jsonp",
    "#cloud-boothook": "cloud-boothook",
    "#cloud-config": "cloud-config",
    "#include-once": "x-include-once-url",
    "#part-handler": "part-handler",
    "#include": "x-include-url",
    "#!": "x-shellscript",
}


def _parts_of(extra: str) -> Iterator[Message]:
    if not extra:
        return
    if re.match("(content-type|mime-version):", extra, re.IGNORECASE):
        yield from _parts_of_mime(extra)
        return
    subtype = next((subtype for start, subtype in _FORMATS.items() if extra.startswith(start)), None)
    if subtype is None:
        raise UserDataError(
            "user data begins like no format of cloud-init", f"begin with {', '.join(_FORMATS)} or Content-Type:"
        )
    yield _part(subtype, extra, "user-data")


def _parts_of_mime(extra: str) -> Iterator[Message]:
    """Its parts alone: to cloud-init, what is around them is nothing but a container."""
    whole = email.message_from_bytes(_encode(extra))
    for part in whole.walk():
        content = part.get_payload(decode=True)
        if part.defects:
            problem = type(part.defects[0]).__name__
            raise UserDataError(f"user data is broken MIME ({problem})", "mend its headers and boundaries")
        if not all(str(value).isascii() for value in part.values()):
            # Amazon Linux 2 has cloud-init on Python 2, which would drop all of the user data.
            raise UserDataError("user data has a MIME header that is not ASCII", "rename what it names")
        if isinstance(content, bytes):  # of a container it is None
            del part["Content-Transfer-Encoding"]
            yield _with_content(part, content)


def _part(subtype: str, text: str, name: str) -> Message:
    part = MIMENonMultipart("text", subtype)
    # cloud-init names the file after it in which the part lies on the instance.
    part.add_header("Content-Disposition", "attachment", filename=name)
    return _with_content(part, _encode(text))


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        place = f"character {error.start + 1}"
        raise UserDataError(f"user data has half of a surrogate pair as {place}", "leave it out") from error


def _with_content(part: Message, content: bytes) -> Message:
    """As it is where mail can carry it so, since people read user data; otherwise as base64."""
    if content.isascii() and b"\r" not in content:
        part.set_payload(content.decode())
        part["Content-Transfer-Encoding"] = "7bit"
    else:
        part.set_payload(base64.encodebytes(content).decode())
        part["Content-Transfer-Encoding"] = "base64"
    return part


def _multipart(parts: Sequence[Message]) -> bytes:
    contents = b"".join(part.as_bytes() for part in parts)
    # The same parts must give the same bytes, so the boundary is not left to chance. No text holds its own digest.
    whole = MIMEMultipart(boundary=hashlib.sha256(contents).hexdigest())
    for part in parts:
        whole.attach(part)
    return whole.as_bytes()


def _compress(content: bytes) -> bytes:
    packed = io.BytesIO()
    # gzip.compress writes a header that differs between versions of Python.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def _windows_extra(extra: str) -> Mapping[str, str]:
    """What windows.ps1 starts: a file's name, its content in base64, and how often."""
    tags = r"\s*<(powershell|script)>(.*)</\1>\s*(?:<persist>(true|false)</persist>\s*)?"
    block = re.fullmatch(tags, extra, re.DOTALL | re.IGNORECASE)
    tag, text, persist = block.groups(default="false") if block else ("powershell", extra, "false")
    if block and f"</{tag}>".lower() in text.lower():
        raise UserDataError(f"user data has more than one <{tag}>", "write one block, and call the rest from it")
    if not block and re.match(r"\s*</?[a-z]|#!|#cloud-|#include|version:", extra, re.IGNORECASE):
        raise UserDataError(
            "user data begins like no PowerShell",
            "write PowerShell, or one <powershell> or <script> block, which <persist>true</persist> may follow",
        )
    batch = tag.lower() == "script"
    # Without a byte order mark Windows PowerShell takes UTF-8 for the machine's code page; cmd would run the mark.
    content = _encode(text) if batch else codecs.BOM_UTF8 + _encode(text)
    return {
        "Extra": base64.b64encode(content).decode() if extra else "",
        "ExtraFile": "extra.cmd" if batch else "extra.ps1",
        "ExtraAlways": persist.lower(),
    }


def _for_ec2(content: bytes, name: str) -> str:
    if len(content) > LIMIT:
        raise UserDataError(
            f"{name} of {len(content):,} bytes is {len(content) - LIMIT:,} more than EC2 takes",
            "shorten your own part, or let it fetch the rest from elsewhere",
        )
    return base64.b64encode(content).decode()
