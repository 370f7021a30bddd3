from app import settings


def test_the_embedded_engine_is_the_default():
    assert settings.load({}, directories=()).provider == "local"


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / ".env").write_text("MODEL_PROVIDER=mistral\nMISTRAL_API_KEY=some-key\nMODEL_NAME=from-file\n")
    found = settings.load({"MODEL_PROVIDER": "openai", "MODEL_NAME": "from-env"}, directories=(tmp_path,))
    assert (found.provider, found.model_name, found.keys_present) == ("openai", "from-env", {"mistral"})


def test_the_first_file_counts(tmp_path):
    nearer, farther = tmp_path / "a", tmp_path / "b"
    for folder, provider in ((nearer, "mistral"), (farther, "openai")):
        folder.mkdir()
        (folder / ".env").write_text(f"MODEL_PROVIDER={provider}\n")
    assert settings.load({}, directories=(tmp_path, nearer, farther)).provider == "mistral"


def test_a_key_is_kept_nowhere():
    assert "secret-value" not in repr(settings.load({"OPENAI_API_KEY": "secret-value"}, directories=()))


def test_an_empty_key_is_absent():
    assert settings.load({"OPENAI_API_KEY": " "}, directories=()).keys_present == frozenset()


def test_models_servers_and_region_are_read():
    environ = {
        "OPENAI_MODEL": "gpt-4.1",
        "MISTRAL_SERVER_URL": "http://localhost:8000",
        "MODEL_REGION": "EU",
        "OPENAI_BASE_URL": " ",
    }
    found = settings.load(environ, directories=()).engine_choice
    assert (found.models, found.urls) == ({"openai": "gpt-4.1"}, {"mistral": "http://localhost:8000"})
    assert found.region == "eu"


def test_a_key_is_read_when_it_is_asked_for(tmp_path):
    environ = {"OPENAI_API_KEY": "old"}
    (tmp_path / ".env").write_text("MISTRAL_API_KEY=from-file\n")
    read_key = settings.load(environ, directories=(tmp_path,)).read_key
    environ["OPENAI_API_KEY"] = "new"
    assert (read_key("OPENAI_API_KEY"), read_key("MISTRAL_API_KEY")) == ("new", "from-file")
