from app.transport.assets.styles import split_fonts

ROMAN = '@font-face{font-family:Sans;font-style:normal;src:url(../media/Sans-Roman.1.woff2)format("woff2")}'
ITALIC = '@font-face{font-family:Sans;font-style:italic;src:url(../media/Sans-Italic.2.woff2)format("woff2")}'
OTHER = '@font-face{font-family:Math;src:url(../media/Math.3.woff2)format("woff2")}'


def test_a_family_goes_as_a_whole_and_the_rest_stays():
    rest, faces = split_fonts(f".a{{color:red}}{ROMAN}{OTHER}{ITALIC}.b{{}}", ("Sans-Roman.",))
    assert rest == f".a{{color:red}}{OTHER}.b{{}}"
    assert [(face.rule, face.file) for face in faces] == [
        (ROMAN, "Sans-Roman.1.woff2"),
        (ITALIC, "Sans-Italic.2.woff2"),
    ]


def test_a_font_from_elsewhere_stays():
    rule = "@font-face{font-family:Sans;src:url(https://elsewhere/Sans-Roman.1.woff2)}"
    assert split_fonts(rule, ("Sans-Roman.",)) == (rule, [])
