import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.engines.rules.scans import readable


@pytest.mark.parametrize(
    ("scanned", "meant"),
    [
        ("TRAlTEMENT DE SORTlE", "TRAITEMENT DE SORTIE"),
        ("H0PITAL", "HOPITAL"),
        ("Metformine 85O mg", "Metformine 850 mg"),
        ("Crestor 1O mg", "Crestor 10 mg"),
        ("ne le O2/O6/1946", "ne le 02/06/1946"),
        ("l2/09/2024", "12/09/2024"),
        ("Lovenox 6000 Ul", "Lovenox 6000 UI"),
        ("hospita1ise", "hospitalise"),
    ],
)
def test_slips_are_read_over(scanned, meant):
    assert readable(scanned) == meant


@pytest.mark.parametrize(
    "text", ["vitamine B12", "H1N1", "CHA2DS2-VASc", "L4-L5", "l'entrée", "O2 3 L/min", "5 l/min", "SpO2"]
)
def test_what_is_written_on_purpose_stays(text):
    assert readable(text) == text


def test_a_machine_without_apostrophes_is_read_as_if_it_had_them():
    assert readable("TRAITEMENT A L ENTREE") == "TRAITEMENT A L'ENTREE"
    assert readable("L'OAP, VITAMINE D EN AMPOULE, HEPATITE D AIGUE") == (
        "L'OAP, VITAMINE D EN AMPOULE, HEPATITE D AIGUE"
    )


@given(st.text(max_size=200))
def test_offsets_stay(text):
    assert len(readable(text)) == len(text)
