"""The proxy as a person writes it: nothing in it that a shell, systemd or PowerShell reads otherwise."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.instance.egress import Egress
from components.instance.proxy import Proxy, read_proxy

URL = "http://proxy.example.internal:3128"
ADVICE = (
    "use http://, a name or an IPv4 address, and a port, for example http://proxy.example.internal:3128. No user and "
    "password: user data would show them."
)
DIRECT = "use a name, a domain with a dot in front, an address or a block."


@pytest.mark.parametrize(
    ("raw", "direct", "way"),
    [
        pytest.param({"https": URL}, "169.254.169.254", None, id="a name"),
        pytest.param(
            {"https": "http://10.0.0.9:3128"},
            "169.254.169.254",
            Egress(port=3128, to=IPv4Network("10.0.0.9/32"), why="proxy"),
            id="an address, which a rule can name",
        ),
        pytest.param(
            {"https": URL, "noProxy": [".example.internal", "10.0.0.0/8", "db"]},
            "169.254.169.254,.example.internal,10.0.0.0/8,db",
            None,
            id="what is reached without it",
        ),
    ],
)
def test_it_is_read(raw: dict[str, Any], direct: str, way: Egress | None) -> None:
    proxy = read_proxy("proxy", raw)

    assert (proxy.https, proxy.port, proxy.direct, proxy.way) == (raw["https"], 3128, direct, way)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(URL, f" is '{URL}': use a map, for example {{https: {URL}}}.", id="a URL alone"),
        pytest.param({}, f" is {{}}: say where it is, for example {{https: {URL}}}.", id="nothing"),
        pytest.param(
            {"https": "https://proxy:3128"}, f".https is 'https://proxy:3128': {ADVICE}", id="TLS to the proxy"
        ),
        pytest.param({"https": "proxy:3128"}, f".https is 'proxy:3128': {ADVICE}", id="no scheme"),
        pytest.param({"https": "http://proxy"}, f".https is 'http://proxy': {ADVICE}", id="no port"),
        pytest.param({"https": "http://proxy:65536"}, f".https is 'http://proxy:65536': {ADVICE}", id="no such port"),
        pytest.param({"https": "http://a:b@proxy:1"}, f".https is 'http://a:b@proxy:1': {ADVICE}", id="a password"),
        pytest.param({"https": "http://$(id):1"}, f".https is 'http://$(id):1': {ADVICE}", id="a command"),
        pytest.param({"https": "http://%h:1"}, f".https is 'http://%h:1': {ADVICE}", id="systemd's specifier"),
        pytest.param({"https": URL, "noProxy": ["a b"]}, f".noProxy[0] is 'a b': {DIRECT}", id="two in one"),
        pytest.param({"https": URL, "noProxy": ['a"b']}, f""".noProxy[0] is 'a"b': {DIRECT}""", id="a quote"),
        pytest.param(
            {"http": URL, "https": URL},
            f".http is '{URL}': there is no such key. Did you mean https? Keys are https, noProxy.",
            id="a key that is none",
        ),
    ],
)
def test_it_is_refused(raw: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_proxy("proxy", raw)

    assert str(caught.value) == f"ssm-only:proxy{message}"


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_is_taken_needs_no_quotes(host: str, direct: str) -> None:
    try:
        proxy = Proxy(https=f"http://{host}:1", no_proxy=[direct])
    except ConfigError:
        return
    plain = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/,-")

    assert set(proxy.https + proxy.direct) <= plain
