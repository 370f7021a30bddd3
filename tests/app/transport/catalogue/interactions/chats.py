"""Conversations."""

from playwright.sync_api import expect

from tests.app.transport.catalogue.cases import case


def _say(tab, label, text, files=()):
    with tab.acting(f"say {text}") as page:
        chat = page.get_by_test_id("stChatInput").filter(has=page.get_by_label(label, exact=True))
        if files:
            payload = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files]
            chat.locator("input[type=file]").set_input_files(payload)
            page.get_by_text(files[-1][0]).first.wait_for()
        chat.locator("textarea").fill(text)
        # Until its files are there, a message does not go.
        expect(chat.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()
        chat.locator("textarea").press("Enter")


@case(sees="messages: 6")
def chat(tab):
    for text in ("one", "two", "three"):
        _say(tab, "Say something", text)


@case(sees="log: [('hello', []), ('with', [('a.txt', b'aaa'), ('b.txt', b'bb')])]")
def chat_files(tab):
    _say(tab, "Files too", "hello")
    _say(tab, "Inside", "in")
    _say(tab, "Files too", "with", [("a.txt", b"aaa"), ("b.txt", b"bb")])
    tab.press("Again")


@case(sees="said: go on, finished: 1")
def chat_stop(tab):
    with tab.acting("say and stop") as page:
        page.get_by_label("Ask", exact=True).fill("stop me")
        page.get_by_label("Ask", exact=True).press("Enter")
        tab.shows("words come")
        page.get_by_test_id("stChatInputStopButton").or_(page.get_by_label("Stop")).first.click()
    _say(tab, "Ask", "go on")
