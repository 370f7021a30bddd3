"""The style of the page's own HTML. Colours are mixed with the text colour, so both themes work."""

from typing import Final

from app.insights.documents.limits import MAX_FILE_BYTES
from app.ui.markup import Html

KINDS: Final = ("txt", "pdf", "docx", "zip")

_LINE = "color-mix(in srgb, currentColor 16%, transparent)"
_AMBER = "240, 150, 0"

# Streamlit's uploader speaks English alone. What is not displayed is not read out either, and what a style
# writes is: so its button is called what it shows.
_UPLOADER = '[data-testid="stFileUploaderDropzone"]'
_INSTRUCTIONS = f'{_UPLOADER} [data-testid="stFileUploaderDropzoneInstructions"]'
_DRAGGED = f'{_UPLOADER} [data-testid="stFileUploaderDropzoneInput"] + div:has(> span:only-child)'
_LIMITS = f"{MAX_FILE_BYTES // 1_000_000} Mo par fichier • {', '.join(KINDS).upper()}"
_FRENCH_UPLOADER = f"""
{_UPLOADER} button [data-testid="stMarkdownContainer"] p {{ display: none; }}
{_UPLOADER} button [data-testid="stMarkdownContainer"]::after {{ content: "Parcourir"; }}
{_DRAGGED} > span {{ display: none; }}
{_DRAGGED}::after {{ content: "Déposez les fichiers ici"; font-size: .875rem; font-weight: 600; }}
{_INSTRUCTIONS} span {{ display: none; }}
{_INSTRUCTIONS}::after {{ content: "{_LIMITS}"; font-size: .875rem; opacity: .7; }}
"""


def style(code: str) -> Html:
    """Return the style of the page in a language, with what Streamlit itself says in French."""
    return Html(f"<style>{_STYLE}{_FRENCH_UPLOADER if code == 'fr' else ''}</style>")


_STYLE = f"""
[data-testid="stMain"]:focus-visible {{ outline: 2px solid currentColor; outline-offset: -4px; }}
[data-testid="stMainBlockContainer"] {{ padding-top: 4rem; }}
[data-testid="stHeading"] h1 {{ font-size: clamp(1.6rem, 6vw, 2.25rem); padding: .25rem 0; }}
[data-testid="stHeading"] h2 {{ font-size: 1.75rem; padding: .25rem 0; }}
[data-testid="stHeading"] h3 {{ font-size: 1.4rem; padding: .5rem 0; }}
[data-testid="stCaptionContainer"] {{ color: inherit; opacity: .8; }}
[data-variant="segmented_control"][data-selected="true"] p {{ color: CanvasText; }}
[data-testid="stButtonGroup"] [role="radiogroup"] {{ flex-wrap: wrap; row-gap: .25rem; }}
.insight-table {{ container-type: inline-size; margin: 0 0 1.25rem; }}
.insight-table table {{ width: 100%; border-collapse: collapse; font-size: .92rem; table-layout: fixed; }}
.insight-table caption, [data-testid] .caption {{
  text-align: left; font-weight: 600; font-size: 1.05rem; padding: .25rem 0 .4rem; margin: 0; }}
.insight-table th, .insight-table td {{
  text-align: left; vertical-align: top; padding: .45rem .6rem .45rem 0; overflow-wrap: anywhere;
  border-bottom: 1px solid {_LINE}; font-weight: 400; }}
.insight-table thead th {{ font-size: .8rem; opacity: .8; padding-block: .2rem; }}
.insight-table.medicines thead th:nth-child(1) {{ width: 24%; }}
.insight-table.medicines thead th:nth-child(2) {{ width: 12%; }}
.insight-table.medicines thead th:nth-child(3) {{ width: 17%; }}
.insight-table.medicines thead th:nth-child(4) {{ width: 19%; }}
.reports-box tbody th {{ font-weight: 600; }}
.reports-box {{ max-height: 24rem; overflow-y: auto; }}
.insight-table.reports thead th:nth-child(2) {{ width: 40%; }}
.insight-table.reports thead th:nth-child(n+3) {{ width: 12%; }}
.insight-table .name {{ font-weight: 600; }}
.insight-table .dci {{ display: block; font-size: .85rem; opacity: .85; }}
.insight-table a {{ color: inherit; text-decoration: underline; }}
.citation {{ font-style: italic; }}
:is(.insight-table, .facts, .statements, .to-check, .sides) a.citation {{
  color: inherit; text-decoration: underline dotted from-font; text-underline-offset: .2em; }}
.st-key-hidden {{ display: none; }}
.was {{ display: block; font-size: .82rem; opacity: .85; }}
tr:target, li:target, dl.facts > div:target {{ outline: 2px solid rgba({_AMBER}, .9); outline-offset: 2px; }}
mark:target, mark:has(:target) {{ outline: 2px solid rgba({_AMBER}, .9); outline-offset: 2px; }}
tr, li, dl.facts > div {{ scroll-margin: 5rem; }}
mark, mark span {{ scroll-margin: 6rem; }}
mark a {{ color: inherit; text-decoration: none; }}
@media (min-width: 60rem) {{
  [data-testid="stColumn"]:has(.st-key-text) {{ position: sticky; top: 4rem; align-self: flex-start; }}
  .st-key-text .source {{ max-height: calc(100vh - 14rem); }} }}
.line-title, .line-changes, .question {{ margin: 0 0 .35rem; }}
.line-changes {{ font-weight: 600; font-size: .92rem; }}
.question {{ font-style: italic; }}
[data-testid] dl.sides {{
  display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .25rem 1.5rem;
  margin: 0 0 .35rem; padding: 0; font-size: .92rem; }}
[data-testid] .sides dt {{ font-size: .82rem; opacity: .8; font-weight: 400; margin: 0; }}
[data-testid] .sides dd {{ margin: 0; padding: 0; }}
.badge {{
  display: inline-block; font-size: .78rem; line-height: 1.35; padding: 0 .45rem; border-radius: .6rem;
  border: 1px solid color-mix(in srgb, currentColor 35%, transparent); }}
.badge.warning {{ background: rgba({_AMBER}, .22); border-color: rgba({_AMBER}, .7); }}
[data-testid] dl.facts {{
  display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .25rem 1.5rem;
  margin: 0 0 1rem; padding: 0; }}
.facts div {{ border-left: 3px solid rgba(60, 140, 220, .55); padding-left: .75rem; margin: .25rem 0; }}
[data-testid] .facts dt {{ font-size: .82rem; opacity: .8; font-weight: 400; margin: 0; }}
[data-testid] .facts dd {{ margin: 0; padding: 0; }}
.facts .absent {{ font-style: italic; opacity: .8; }}
.statements {{ margin: 0 0 1rem; padding-left: 1.2rem; }}
.to-check {{
  background: rgba({_AMBER}, .13); border-left: 4px solid rgba({_AMBER}, .8); border-radius: .25rem;
  padding: .6rem 1rem; margin: 0 0 1.25rem; }}
.to-check ul {{ margin: 0 0 .5rem; padding-left: 1.2rem; }}
.source {{
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .88rem; line-height: 1.6; max-height: 80vh;
  overflow-y: auto; border: 1px solid {_LINE}; border-radius: .5rem; padding: .8rem 1rem;
  unicode-bidi: plaintext; }}
mark {{ color: inherit; border-radius: .2rem; padding: .05rem .12rem; background: rgba(128, 128, 128, .25); }}
mark.identity {{ background: rgba(60, 140, 220, .30); }}
mark.history {{ background: rgba(150, 110, 210, .28); }}
mark.usual {{ background: rgba(40, 160, 90, .32); }}
mark.discharge {{ background: rgba(0, 160, 170, .34); }}
mark.stay {{ background: rgba(220, 180, 0, .34); }}
mark.stopped {{ background: rgba(215, 60, 60, .30); }}
mark.lab {{ background: rgba(220, 110, 170, .28); }}
mark.unclassified, mark.omitted {{
  background: rgba({_AMBER}, .30); border-bottom: 2px dashed rgba({_AMBER}, .9); }}
.legend {{ font-size: .82rem; line-height: 1.9; margin: 0 0 .5rem; }}
.legend mark {{ white-space: nowrap; }}
@container (max-width: 34rem) {{
  .insight-table table, .insight-table caption, .insight-table tbody,
  .insight-table tr, .insight-table th, .insight-table td {{ display: block; }}
  .insight-table thead {{
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
  .insight-table tr {{ padding: .5rem 0; border-bottom: 1px solid {_LINE}; }}
  .insight-table th, .insight-table td {{ border: 0; padding: .1rem 0; }}
  .insight-table td {{ display: grid; grid-template-columns: 6rem 1fr; }}
  .insight-table td::before {{ content: attr(data-label); font-size: .82rem; opacity: .8; }}
}}
"""
