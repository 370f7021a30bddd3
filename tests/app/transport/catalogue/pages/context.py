import streamlit as st

context = st.context
st.button("Again")
names = ("User-Agent", "Accept-Language", "Host", "Origin")
st.text({name: name in context.headers for name in names})
st.text(context.headers.get("Accept-Language"))
st.text(f"cookies: {context.cookies.get('own')}")
st.text(f"{context.locale} {context.timezone} {context.timezone_offset}")
st.text(f"{context.ip_address} {context.is_embedded}")
st.text(context.url.partition("/")[2].lstrip("/").partition("/")[2])
st.text(f"theme: {context.theme.type}")
