import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.transport.environment import MissingAddressError, public_addresses, public_urls
from app.transport.origins import Origins, UnusableAddressError


def request(**headers):
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "scheme": "http", "method": "POST", "path": "/", "headers": raw})


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("app.example", "https://app.example"),
        ("app.example", "http://app.example"),
        ("app.example:443", "https://app.example"),
        ("APP.example", "https://app.EXAMPLE"),
        ("127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("[::1]:8501", "http://[::1]:8501"),
    ],
)
def test_the_page_of_the_same_host_and_port_is_our_own(host, origin):
    assert Origins().allow(request(host=host, origin=origin))


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        " ",
        "https://evil.example",
        "https://app.example.evil.example",
        "https://evil.example/app.example",
        "https://app.example@evil.example",
        "https://app.example:8443",
        "http://localhost:8501",
        "http://127.0.0.1",
        "app.example",
        "//app.example",
        "ftp://app.example",
        "file://",
        "https://app.example/",
        "https://app.example?",
        "https://app.example, https://evil.example",
        "https://app.example:port",
        "https://[app.example",
    ],
)
def test_any_other_page_is_refused(origin):
    assert not Origins().allow(request(host="app.example", origin=origin))


def test_a_page_without_tls_is_not_the_one_that_has_it():
    assert not Origins().allow(
        request(host="app.example", origin="http://app.example", x_forwarded_proto="https")
    )


def test_what_is_no_browser_names_no_origin():
    assert Origins().allow(request(host="app.example"))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "junk"])
def test_a_browser_that_says_it_comes_from_elsewhere_is_believed(site):
    assert not Origins().allow(request(host="app.example", sec_fetch_site=site))
    both = request(host="app.example", origin="https://app.example", sec_fetch_site=site)
    assert not Origins().allow(both)


class TestPublicUrls:
    origins = Origins(["https://app.example/base/", "https://other.example:8443"])

    @pytest.mark.parametrize(
        "origin", ["https://app.example", "https://app.example:443", "https://other.example:8443"]
    )
    def test_they_count_whatever_the_host_is(self, origin):
        assert self.origins.allow(request(host="x.execute-api.example", origin=origin))

    @pytest.mark.parametrize(
        "origin", ["https://x.execute-api.example", "http://app.example", "https://other.example", "null"]
    )
    def test_nothing_else_counts_then(self, origin):
        assert not self.origins.allow(request(host="x.execute-api.example", origin=origin))

    @pytest.mark.parametrize("url", ["app.example", "https://", "ftp://app.example", "", "https://a@b"])
    def test_what_is_no_address_is_named(self, url):
        with pytest.raises(UnusableAddressError, match="address of a page"):
            Origins([url])

    def test_a_list_of_them_in_the_environment_is_separated_by_commas(self):
        environment = {"PUBLIC_URL": " https://a.example ,https://b.example,, "}
        assert public_urls(environment) == ["https://a.example", "https://b.example"]
        assert public_urls({}) == []

    def test_a_parameter_holds_them_where_they_are_known_after_the_app_only(self, aws, ssm, monkeypatch):
        for name, value in aws.items():
            monkeypatch.setenv(name, value)
        find = public_addresses({"PUBLIC_URL_PARAMETER": "/app/url"})
        assert callable(find)
        with pytest.raises(MissingAddressError, match=r"/app/url does not exist.*invoke deploy"):
            find()
        ssm.put_parameter(Name="/app/url", Value="https://a.example", Type="String")
        assert find() == ["https://a.example"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_origin_and_host_get_an_answer(origin, host):
    raw = [(b"origin", origin.encode("utf-8", "replace")), (b"host", host.encode("utf-8", "replace"))]
    given_ = Request({"type": "http", "scheme": "http", "method": "POST", "path": "/", "headers": raw})
    assert Origins().allow(given_) in {True, False}
