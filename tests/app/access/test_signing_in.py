"""The page with a sign-in, in a browser: who comes in, who does not, and what ends it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.access.conftest import Restricted
from tests.app.pages import report
from tests.app.transport.gateway import start_instance, wait_healthy
from tests.fakes.oidc import CLIENT_SECRET
from tests.ops.worlds import eventually


@pytest.fixture(scope="module")
def restricted(serve) -> Restricted:
    return serve()


@pytest.fixture(scope="module")
def young(serve) -> Restricted:
    """A page whose client has no secret yet."""
    return serve(count=1, has_client_secret=False)


def open_page(page: Page, restricted: Restricted) -> None:
    page.goto(restricted.url)
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()


def sign_in(page: Page, user: str) -> None:
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("button", name=user, exact=True).click()


def come_in(page: Page, restricted: Restricted, user: str = "Ada") -> None:
    open_page(page, restricted)
    sign_in(page, user)
    expect(page.get_by_role("button", name="Analyser")).to_be_visible()


def analyse(page: Page) -> None:
    page.get_by_role("textbox", name="Compte rendu").fill(report("cardiologie"))
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()


def test_until_the_client_has_a_secret_nobody_signs_in_and_the_page_says_so(
    page: Page, young: Restricted, pictures: Path
) -> None:
    page.goto(young.url)
    expect(page.get_by_text("La connexion n'est pas encore configurée")).to_be_visible()
    expect(page.get_by_role("button", name="Se connecter")).to_have_count(0)
    page.screenshot(path=pictures / "not-set-up.png")
    assert "invoke access.set-secret" in young.output


def test_before_the_sign_in_nothing_of_the_app_is_there(
    page: Page, restricted: Restricted, pictures: Path
) -> None:
    open_page(page, restricted)
    page.screenshot(path=pictures / "sign-in.png")
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Analyser")).to_have_count(0)
    expect(page.locator("input[type=file]")).to_have_count(0)


def test_who_is_admitted_reads_a_report_on_any_instance(
    page: Page, restricted: Restricted, pictures: Path
) -> None:
    come_in(page, restricted)
    expect(page.get_by_text("Connecté : ada@chu.example")).to_be_visible()
    analyse(page)
    page.screenshot(path=pictures / "signed-in.png")


def test_a_claim_lets_in_whom_the_provider_puts_into_a_group(page: Page, restricted: Restricted) -> None:
    come_in(page, restricted, "Cleo")
    expect(page.get_by_text("Connecté : Cleo")).to_be_visible()


@pytest.mark.parametrize(("user", "email"), [("Bob", "bob@elsewhere.example"), ("Eve", "eve@chu.example")])
def test_who_is_not_admitted_is_told_so_and_can_sign_out(
    user: str, email: str, page: Page, restricted: Restricted, pictures: Path
) -> None:
    open_page(page, restricted)
    sign_in(page, user)
    expect(page.get_by_text(f"Le compte {email} n'a pas accès à cette page.")).to_be_visible()
    page.screenshot(path=pictures / f"refused-{user}.png")
    expect(page.get_by_role("button", name="Analyser")).to_have_count(0)
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()


def test_signing_out_ends_it_at_the_provider_too_and_for_the_other_tab(
    page: Page, restricted: Restricted, provider
) -> None:
    come_in(page, restricted)
    other = page.context.new_page()
    other.goto(restricted.url)
    expect(other.get_by_role("button", name="Analyser")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
    # The page may ask for the sign-in while it is still leaving for the provider.
    assert eventually(lambda: provider.ended[-1:] == ["id-of-Ada"])
    other.get_by_role("button", name="Nouveau cas").click()
    expect(other.get_by_role("button", name="Se connecter")).to_be_visible()
    expect(other.get_by_role("button", name="Analyser")).to_have_count(0)


def test_what_one_reader_left_is_not_offered_to_the_next_in_the_same_browser(
    page: Page, restricted: Restricted
) -> None:
    come_in(page, restricted)
    analyse(page)
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, "Cleo")
    expect(page.get_by_role("button", name="Analyser")).to_be_visible()
    expect(page.get_by_role("button", name="Reprendre")).to_have_count(0)
    expect(page.get_by_role("heading", name="Résultats")).to_have_count(0)


def end_logins(restricted: Restricted, tmp_path: Path) -> None:
    # Where the same login counts for a millisecond, it has ended long ago.
    told = {**restricted.environment, "LOGIN_HOURS": str(0.001 / 3600)}
    strict = start_instance(["-m", "app"], told, tmp_path / "output")
    wait_healthy(strict)
    restricted.gateway.replace_idle(strict)


def test_a_login_ends_when_its_hours_are_over(page: Page, serve, pictures: Path, tmp_path: Path) -> None:
    lasting = serve(count=1)
    come_in(page, lasting)
    end_logins(lasting, tmp_path)
    page.get_by_role("button", name="Nouveau cas").click()
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
    page.screenshot(path=pictures / "expired.png")
    expect(page.get_by_role("button", name="Analyser")).to_have_count(0)


def test_who_has_given_much_before_the_login_ended_is_asked_to_sign_in_too(
    page: Page, serve, tmp_path: Path
) -> None:
    lasting = serve(count=1)
    come_in(page, lasting)
    page.get_by_role("textbox", name="Compte rendu").fill("Bisoprolol 2,5 mg le matin. " * 4_000)
    end_logins(lasting, tmp_path)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Trop volumineux")).to_have_count(0)
    expect(page.get_by_role("button", name="Analyser")).to_have_count(0)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("button", name="Ada", exact=True)).to_be_visible()


# Last, since what is not there is looked for again only after a while.
def test_a_client_that_has_got_its_secret_lets_people_in_without_a_restart(
    page: Page, young: Restricted, ssm
) -> None:
    ssm.put_parameter(Name=f"{young.path}/oidc-client-secret", Value=CLIENT_SECRET, Type="SecureString")
    button = page.get_by_role("button", name="Se connecter")

    def is_set_up() -> bool:
        page.goto(young.url)
        expect(button.or_(page.get_by_text("La connexion n'est pas encore configurée"))).to_be_visible()
        return button.is_visible()

    assert eventually(is_set_up, within_s=60, every_s=2)
    come_in(page, young)


def test_no_secret_is_in_the_output(restricted: Restricted) -> None:
    for secret in (CLIENT_SECRET, "c" * 44):
        assert secret not in restricted.output
