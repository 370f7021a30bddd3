"""What the full lexicon knows, from a database of a few medicines."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights import lexicon_file
from app.insights.bdpm.builder import build
from app.insights.bdpm.files import UnusableFileError
from app.insights.lexicon import Lexicon, starter
from tests.app.insights.bdpm.published import Published

# No substance of the starter: syllables that make no name of it.
INVENTED = st.lists(st.sampled_from(["ZOR", "BLU", "KRI", "TAM", "VEX"]), min_size=3, max_size=5).map("".join)


def names(published, tmp_path, day=None):
    return dict(build(published.write(tmp_path / "bdpm"), starter(), day).names)


def test_the_part_that_acts_is_the_dci(published, tmp_path):
    published.add("ZORGLAX 5 mg, comprimé", ("BÉSILATE DE ZORGLIPINE", "SA", 1), ("ZORGLIPINE", "FT", 1))
    assert names(published, tmp_path) == {"zorglax": "zorglipine", "zorglipine": "zorglipine"}


def test_a_salt_without_the_part_that_acts_is_taken_off(published, tmp_path):
    published.add("ZORGLAX 5 mg, comprimé", "CHLORHYDRATE DE ZORGLIPINE MONOHYDRATÉ")
    assert names(published, tmp_path)["zorglax"] == "zorglipine"


def test_an_association_keeps_the_substance_that_has_no_part_of_its_own(published, tmp_path):
    published.add(
        "ZORGLAX DUO 5 mg/10 mg, comprimé",
        ("BÉSILATE DE ZORGLIPINE", "SA", 1),
        ("ZORGLIPINE", "FT", 1),
        ("BLURBOSTATINE", "SA", 2),
    )
    assert names(published, tmp_path)["zorglax"] == "blurbostatine + zorglipine"


def test_substances_of_two_elements_of_one_medicine_are_told_apart_though_their_links_are_equal(
    published, tmp_path
):
    code = published.add(
        "ZORGLAX 1 mg, comprimé", ("BÉSILATE DE ZORGLIPINE", "SA", 1), ("ZORGLIPINE", "FT", 1)
    )
    other = (code, "comprimé bleu", "00002", "BLURBOSTATINE", "1 mg", "un comprimé", "SA", "1", "")
    published.compositions.append("\t".join(other))
    assert names(published, tmp_path)["zorglax"] == "blurbostatine + zorglipine"


def test_the_starter_spells_substances_and_orders_associations(published, tmp_path):
    published.add(
        "ZORGLAX 5 mg/80 mg, comprimé",
        ("BESILATE D'AMLODIPINE", "SA", 1),
        ("AMLODIPINE", "FT", 1),
        ("VALSARTAN", "SA", 2),
    )
    published.add("BLURBEX 40 mg, comprimé", ("FUROSEMIDE", "SA", 1))
    published.add("KRITAM, comprimé", ("AMOXICILLINE", "SA", 1), ("CLAVULANIQUE (ACIDE)", "SA", 2))
    found = names(published, tmp_path)
    assert found["zorglax"] == starter().dci("Exforge")
    assert found["blurbex"] == "furosémide"
    assert found["kritam"] == "amoxicilline + acide clavulanique"


def test_another_spelling_of_a_substance_is_a_name_of_it(published, tmp_path):
    published.add(
        "ZORGLAX 150 mg, comprimé", ("CHLORHYDRATE DE BUPROPIONE", "SA", 1), ("BUPROPIONE", "FT", 1)
    )
    assert names(published, tmp_path) == {"bupropione": "bupropion", "zorglax": "bupropion"}


@pytest.mark.parametrize(
    "salt",
    [
        "CHLORHYDRATE DE ZORGLIPINE",
        "HÉMIFUMARATE DE ZORGLIPINE",
        "BROMURE D'IZORGLIPINE",
        "ZORGLIPINE POTASSIQUE",
        "ZORGLIPINE CILEXÉTIL",
        "ZORGLIPINE DE DIÉTHYLAMINE",
        "ÉPOLAMINE DE ZORGLIPINE",
        "SOLUTION DE DIGLUCONATE DE ZORGLIPINE",
        "ZORGLIPINE (MÉSILATE DE) ANHYDRE",
        "ZORGLIPINE (PLASMATIQUE)",
        "ZORGLIPINE BASE",
    ],
)
def test_a_substance_loses_salt_water_and_remark(published, tmp_path, salt):
    published.add("ZORGLAX 150 mg, comprimé", salt)
    assert names(published, tmp_path)["zorglax"] == ("izorglipine" if "IZOR" in salt else "zorglipine")


@pytest.mark.parametrize(
    "salt", ["CHLORURE DE SODIUM", "VALPROATE DE SODIUM", "BENZOATE DE BENZYLE", "CARBONATE DE CALCIUM"]
)
def test_a_salt_that_is_the_medicine_stays_one(published, tmp_path, salt):
    published.add("ZORGLAX 150 mg, comprimé", salt)
    dci = starter().dci(salt) or salt.casefold()
    assert names(published, tmp_path)["zorglax"] == dci


def test_the_starter_keeps_the_names_it_knows(published, tmp_path):
    published.add("KARDEGIC 75 mg, poudre", "ZORGLIPINE")
    assert "kardegic" not in names(published, tmp_path)


def test_what_begins_with_its_substance_is_no_brand(published, tmp_path):
    published.add("ZORGLIPINE ARROW 5 mg, comprimé", "ZORGLIPINE")
    published.add("ZORGLIPINE/VALSARTAN EG 5 mg/10 mg, comprimé", "ZORGLIPINE", "VALSARTAN")
    assert names(published, tmp_path) == {"zorglipine": "zorglipine"}


@pytest.mark.parametrize(
    ("denomination", "brand"),
    [
        ("ZORGLAX L.P. 5 mg, comprimé à libération prolongée", "zorglax"),
        ("ZORGLAX LP 120 microgrammes/dose, suspension", "zorglax"),
        ("ZORGLAX ENFANTS ET NOURRISSONS SANS SUCRE, sirop", "zorglax"),
        ("ZORGLAX 0,5 POUR CENT, pommade", "zorglax"),
        ("ZORGLAX LABO 5 mg, comprimé", "zorglax"),
        ('"ZORGLAX®" 5 mg, comprimé', "zorglax"),
        ("ZORGLAX", "zorglax"),
        ("L\u2019ZORGLAX 5 mg", "l'zorglax"),
    ],
)
def test_strength_form_and_laboratory_are_no_part_of_a_brand(published, tmp_path, denomination, brand):
    published.add(denomination, "ZORGLIPINE")
    assert names(published, tmp_path) == {brand: "zorglipine", "zorglipine": "zorglipine"}


def test_a_device_may_be_left_out_where_all_brands_that_begin_so_hold_the_same(published, tmp_path):
    published.add("ZORGLAX DISKUS 5 mg, poudre", "ZORGLIPINE")
    published.add("BLURBEX JOUR, comprimé", "ZORGLIPINE")
    published.add("BLURBEX NUIT, comprimé", "VALSARTAN")
    found = names(published, tmp_path)
    assert found["zorglax"] == "zorglipine"
    assert "zorglax diskus" not in found
    assert (found["blurbex jour"], found["blurbex nuit"]) == ("zorglipine", "valsartan")
    assert "blurbex" not in found


def test_what_is_sold_decides_what_a_brand_holds_and_what_is_gone_is_still_known(published, tmp_path):
    gone = ("Autorisation abrogée", "Non commercialisée")
    published.add("ZORGLAX 1 mg, comprimé", "ZORGLIPINE", status=gone)
    published.add("ZORGLAX 2 mg, comprimé", "BLURBOSTATINE")
    published.add("KRITAM 2 mg, comprimé", "ZORGLIPINE", status=gone)
    found = names(published, tmp_path)
    assert found["zorglax"] == "blurbostatine"
    assert found["kritam"] == "zorglipine"


def test_a_brand_of_several_things_is_left_out_and_said(published, tmp_path):
    published.add("ZORGLAX 1 mg, comprimé", "ZORGLIPINE")
    published.add("ZORGLAX 2 mg, comprimé", "BLURBOSTATINE")
    built = build(published.write(tmp_path / "bdpm"), starter())
    assert "zorglax" not in built.names
    assert built.ambiguous == ("zorglax",)


@pytest.mark.parametrize(
    ("name", "substance", "procedure"),
    [
        ("ZORGLAX 5CH, granules", "ARNICA MONTANA POUR PRÉPARATIONS HOMÉOPATHIQUES", "Procédure nationale"),
        ("ZORGLAX 5CH, granules", "BLURBOSTATINE", "Enreg homéo (Proc. Nat.)"),
        ("ZORGLAX, suspension injectable", "VIRUS DE LA GRIPPE INACTIVÉ", "Procédure nationale"),
        ("ZORGLAX, solution injectable", "ACIDE GADOTÉRIQUE", "Procédure nationale"),
        ("ZORGLAX, solution injectable", "FLUDÉSOXYGLUCOSE [18F]", "Procédure nationale"),
        ("ZORGLAX 200 bar, gaz", "OXYGÈNE", "Procédure nationale"),
    ],
)
def test_what_nobody_reconciles_is_no_name(published, tmp_path, name, substance, procedure):
    published.add("TAMVEX, comprimé", "ZORGLIPINE")
    published.add(name, substance, procedure=procedure)
    assert set(names(published, tmp_path)) == {"tamvex", "zorglipine"}


@pytest.mark.parametrize(
    "word", ["FER", "EAU", "MAG", "SODIUM", "ANTIGONE", "GLUCOSE", "HUILE DE PARAFFINE", "****"]
)
def test_an_ordinary_word_is_no_name(published, tmp_path, word):
    published.add(f"{word}, comprimé", "ZORGLIPINE")
    published.add("ZORGLAX, comprimé", word)
    assert set(names(published, tmp_path)) == {"zorglipine", "zorglax"}


def test_the_day_is_the_one_given_or_else_the_last_authorisation(published, tmp_path):
    published.add("ZORGLAX, comprimé", "ZORGLIPINE", day="28/02/2025")
    published.add("KRITAM, comprimé", "ZORGLIPINE", day="12/03/1998")
    folder = published.write(tmp_path / "bdpm")
    assert build(folder, starter()).source.day == date(2025, 2, 28)
    assert build(folder, starter(), date(2025, 3, 3)).source.day == date(2025, 3, 3)


def test_files_without_any_day_ask_for_one(published, tmp_path):
    published.add("ZORGLAX, comprimé", "ZORGLIPINE", day="")
    with pytest.raises(UnusableFileError, match="--date"):
        names(published, tmp_path)


@given(
    st.lists(
        st.tuples(INVENTED, st.lists(st.tuples(INVENTED, st.booleans()), min_size=1, max_size=4)),
        min_size=1,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_no_association_loses_a_substance_and_order_does_not_count(tmp_path_factory, medicines, chance):
    published = Published()
    for number, (stem, parts) in enumerate(medicines):
        rows = []
        for link, (part, has_base) in enumerate(parts, 1):
            rows.append((f"CHLORHYDRATE DE {part}INE" if has_base else f"{part}INE", "SA", link))
            rows += [(f"{part}INE", "FT", link)] if has_base else []
        published.add(f"Q{stem}{'ABCDEFGH'[number]} 5 mg, comprimé", *rows)
    folder = tmp_path_factory.mktemp("bdpm")
    first = build(published.write(folder), starter())
    chance.shuffle(published.medicines)
    chance.shuffle(published.compositions)
    again = build(published.write(folder), starter())
    assert first.names == again.names
    for number, (stem, parts) in enumerate(medicines):
        held = {f"{part}ine".casefold() for part, _ in parts}
        assert set(first.names[f"q{stem}{'ABCDEFGH'[number]}".casefold()].split(" + ")) == held


def test_the_same_files_make_the_same_bytes(published, tmp_path):
    published.add("ZORGLAX, comprimé", "ZORGLIPINE")
    published.add("KRITAM, comprimé", "BLURBOSTATINE")
    folder = published.write(tmp_path / "bdpm")
    for name in ("first", "again"):
        built = build(folder, starter())
        lexicon_file.write(tmp_path / name, built.names, built.source)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()


def test_names_are_found_in_a_text_with_those_of_the_starter(published, tmp_path):
    published.add("ZORGLAX, comprimé", "ZORGLIPINE")
    full = Lexicon({"Kardegic": "acide acétylsalicylique"}, names(published, tmp_path))
    found = [mention.dci for mention in full.mentions("Kardegic 75 mg, Zorglax 5 mg le soir")]
    assert found == ["acide acétylsalicylique", "zorglipine"]
