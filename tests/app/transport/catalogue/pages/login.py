"""Who is logged in, with a provider that the page's secrets name."""

import streamlit as st

st.session_state.setdefault("count", 0)
if st.button("Add"):
    st.session_state.count += 1
st.write(f"count: {st.session_state.count}, logged in: {st.user.is_logged_in}")

if st.user.is_logged_in:
    tokens = st.user.tokens
    shown = {name: value for name, value in st.user.to_dict().items() if name in {"name", "email", "groups"}}
    st.json({**shown, "sub": st.user.sub, "provider": st.user["provider"], "missing": st.user.get("missing")})
    st.write(f"tokens: id {tokens.id.count('.') == 2}, access {len(tokens['access']) > 20}")
    st.button("Log out", on_click=st.logout)
else:
    st.button("Log in", on_click=st.login, args=["local"])
    if st.button("Log in elsewhere"):
        st.login("elsewhere")


@st.fragment
def part():
    if st.button("Look"):
        st.write(f"the fragment sees {st.user.get('name', 'nobody')}")


part()
