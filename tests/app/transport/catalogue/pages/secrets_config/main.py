import streamlit as st
from streamlit.connections import BaseConnection

kept = st.session_state


class Own(BaseConnection):
    def _connect(self, **_):
        return {"table": self._secrets["table"]}

    def rows(self):
        return [self._instance["table"], 2]


st.set_page_config(
    page_title="Configured", page_icon=":material/lock:", layout="wide", initial_sidebar_state="collapsed"
)
st.sidebar.text("collapsed at first")
st.text(f"{st.secrets['word']} {st.secrets.nested.key} {'absent' in st.secrets}")
st.text(f"{st.connection('own', type=Own, ttl=60).rows()}")
st.text(f"{st.get_option('theme.primaryColor')} {st.get_option('theme.base')} {st.context.theme.type}")
if st.button("Set option"):
    st.set_option("client.showErrorDetails", "full")
with st.echo():
    kept.echoed = "echoed"
st.help(len)
st.text(f"{st.user.to_dict()}")
if st.button("Fail"):
    raise ValueError("details are hidden")
st.text({key: kept[key] for key in sorted(kept)})
