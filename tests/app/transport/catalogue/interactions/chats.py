"""Conversations."""

from tests.app.transport.catalogue.cases import case


def _say(tab, text, files=(), box=0):
    with tab.acting(f"say {text}") as page:
        chat = page.get_by_test_id("stChatInput").nth(box)
        if files:
            payload = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files]
            chat.locator("input[type=file]").set_input_files(payload)
            page.get_by_text(files[-1][0]).first.wait_for()
        chat.locator("textarea").fill(text)
        chat.locator("textarea").press("Enter")


@case(sees="messages: 6")
def chat(tab):
    for text in ("one", "two", "three"):
        _say(tab, text)


@case(sees="log: [('hello', []), ('with', [('a.txt', b'aaa'), ('b.txt', b'bb')])]")
def chat_files(tab):
    _say(tab, "hello")
    _say(tab, "in", box=1)
    _say(tab, "with", [("a.txt", b"aaa"), ("b.txt", b"bb")])
    tab.press("Again")
