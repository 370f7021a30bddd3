"""What goes up and comes down."""

from tests.app.transport.catalogue.cases import case

FAKE_DEVICES = {"permissions": ["camera", "microphone"]}


@case(sees="first: b'hello'")
def file_uploader(tab):
    tab.put(("one.txt", b"hello"))
    tab.download("Back")
    tab.put(("two.csv", b"a,b\n1,2"))
    tab.put(("a.txt", b"aaa"), ("b.bin", bytes(range(256)) * 4), into=1)
    tab.put(("c.txt", b"c"), into=1)
    with tab.acting("delete one of several") as page:
        page.get_by_test_id("stFileUploader").nth(1).get_by_label("Remove").first.click()
    tab.put(("d.txt", b"dd"), into=2)
    with tab.acting("delete the called one") as page:
        page.get_by_test_id("stFileUploader").nth(2).get_by_label("Remove").first.click()
    tab.put(("f.txt", b"ff"), ("g.txt", b"gg"), into=4)
    tab.press("Send")
    tab.press("Again")


@case(sees="('sound', True, 2)", browser=FAKE_DEVICES)
def camera_audio(tab):
    for name in ("Take Photo", "Take Photo"):
        with tab.acting("a picture") as page:
            page.get_by_role("button", name=name).click()
        if len(tab.seen) < 4:
            with tab.acting("clear it") as page:
                page.get_by_text("Clear photo").click()
    # How long the recording lasts is the machine's affair.
    tab.page.add_style_tag(content="[data-testid=stAudioInputWaveformTimeCode] { display: none }")
    with tab.acting("a sound") as page:
        page.get_by_test_id("stAudioInput").get_by_label("Record").click()
        page.wait_for_timeout(700)
        page.get_by_test_id("stAudioInput").get_by_label("Stop recording").click()
        tab.shows("sound: audio/wav")
    tab.press("Again")


@case(sees="plain: 1")
def download_button(tab):
    for _ in range(2):
        tab.download("Text")
        tab.download("Deferred")
        tab.download("Ignored")
    tab.press("Change")
    tab.download("Deferred")
    tab.download("Bytes")
