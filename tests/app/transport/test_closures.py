"""What only a run of the script can make, asked for on an instance that has not made it: nothing is lost."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.app.transport.tab import Tab


@pytest.fixture(scope="module")
def ports(start, tmp_path_factory):
    instances = start("closures.py", 2, store=tmp_path_factory.mktemp("shared"))
    return [instance.port for instance in instances]


class Clicking(Tab):
    """A tab that knows in which fragment each button is."""

    def __init__(self, *arguments):
        self.fragments, self.deferred, self.source = {}, "", ""
        super().__init__(*arguments)

    def read(self, content):
        answer = super().read(content)
        for message in answer.messages:
            element = message.delta.new_element
            if element.WhichOneof("type") == "button":
                self.fragments[element.button.label] = message.delta.fragment_id
            self.deferred = element.download_button.deferred_file_id or self.deferred
            self.source = element.dataframe.lazy_data.source_id or self.source
        return answer

    def click(self, label):
        return self.rerun(label, self.fragments[label])


@pytest.fixture
def tab(ports):
    tab = Clicking(ports[0])
    tab.rerun()
    return tab


@pytest.mark.parametrize("order", [(0, 0, 0, 0), (1, 0, 1, 0), (0, 1, 1, 0)])
@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Step on", "step=3"),
        ("Append", "todo=xxx"),
        ("Bump", "held=3,0"),
        ("Bump within", "held=0,3"),
        ("Anonymous", "todo=yyy"),
        ("Held by a fragment", "todo=fff"),
        ("Fill", "cart=3"),
    ],
)
def test_code_that_holds_an_object_of_the_session_changes_that_object(tab, ports, label, shown, order):
    for place in order[:3]:
        tab.port = ports[place]
        tab.click(label)
    tab.port = ports[order[3]]
    assert shown in " ".join(tab.click("Total").text)


@pytest.mark.parametrize("order", [(0, 0, 0), (0, 1, 0), (1, 0, 1)])
@pytest.mark.parametrize(
    ("clicks", "number"),
    [
        (["Ask", "Sure"], 1000),
        (["Open", "Yes"], 10_000),
        (["Show", "Shown"], 1),
        (["More", "Deep"], 100),
        (["More", "Deep", "More", "Deep"], 200),
    ],
)
def test_what_only_a_press_has_made_can_be_pressed_anywhere(tab, ports, clicks, number, order):
    for step, label in enumerate(clicks):
        tab.port = ports[order[step % 3]]
        tab.click(label)
    assert f"n={number} " in tab.click("Total").text[-2]


@pytest.mark.parametrize("order", [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1)])
def test_so_can_what_a_press_in_a_dialog_has_made(tab, ports, order):
    for place, label in zip(order, ("Open", "Confirm", "Really"), strict=True):
        tab.port = ports[place]
        tab.click(label)
    assert "n=10 " in tab.click("Total").text[-2]


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("label", ["Prepare", "Load"])
def test_files_and_rows_that_only_a_press_has_offered_are_there(tab, ports, label, place):
    tab.click(label)
    tab.port = ports[place]
    message = BackMsg()
    request = message.backend_operation_request
    request.request_id, request.session_id = "q1", tab.session_id
    if label == "Prepare":
        request.deferred_file.file_id = tab.deferred
    else:
        request.dataframe_chunk.source_id = tab.source
        request.dataframe_chunk.offset, request.dataframe_chunk.limit = 1000, 10
    responses = [
        message.backend_operation_response
        for message in tab.send(message).messages
        if message.WhichOneof("type") == "backend_operation_response"
    ]
    assert len(responses) == 1
    assert responses[0].deferred_file.url or responses[0].dataframe_chunk.arrow_data.data


@pytest.mark.parametrize("place", [0, 1])
def test_a_fragment_that_waits_behind_a_full_run_costs_no_second_one(tab, ports, place):
    tab.port = ports[place]
    fragment = tab.rerun_message("Held by a fragment", tab.fragments["Held by a fragment"])
    tab.send(tab.rerun_message("Fill"), fragment)
    tab.port = ports[0]
    (counted, runs) = tab.click("Total").text[-2:]
    assert ("todo=f " in counted, "cart=1" in counted, runs) == (True, True, "runs=3")
