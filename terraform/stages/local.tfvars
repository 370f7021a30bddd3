# The embedded account: no key, no network. Every other stage has a file of its own beside this one.
model_provider = "local"
