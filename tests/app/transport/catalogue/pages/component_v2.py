import streamlit as st

kept = st.session_state
kept.setdefault("log", [])
JS = """
export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  parentElement.querySelector("#word").textContent = data.word;
  parentElement.querySelector("#state").onclick = () => setStateValue("count", (data.count ?? 0) + 1);
  parentElement.querySelector("#trigger").onclick = () => setTriggerValue("clicked", "now");
}
"""
HTML = "<span id='word'></span><button id='state'>State</button><button id='trigger'>Trigger</button>"
part = st.components.v2.component("part", html=HTML, js=JS)
count = kept.get("part", {}).get("count", 0)
result = part(
    key="part",
    data={"word": f"count {count}", "count": count},
    on_count_change=lambda: kept.log.append(("count", kept.part.count)),
    on_clicked_change=lambda: kept.log.append(("clicked", kept.part.clicked)),
)
st.text(f"count: {result.count} clicked: {result.clicked}")
st.text(f"log: {kept.log}")
