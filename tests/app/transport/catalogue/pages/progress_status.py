import time

import streamlit as st

kept = st.session_state
if st.button("Work"):
    bar = st.progress(0, "starting")
    for step in range(1, 6):
        time.sleep(0.1)
        bar.progress(step / 5, f"step {step}")
    with st.status("Working", expanded=True) as status:
        st.text("inside the status")
        time.sleep(0.1)
        status.update(label="Worked", state="complete", expanded=True)
    with st.spinner("Spinning", show_time=True):
        time.sleep(0.2)
    kept.works = kept.get("works", 0) + 1
with st.status("Failed", state="error"):
    st.text("why")
st.text(f"works: {kept.get('works', 0)}")
