"""The bucket of the state: what it is, and what becomes of one that is not so."""

import pytest

from ops import backend
from tests.ops.worlds import World, clients_of

ALL = ("bucket", "privacy", "encryption", "versions")


def test_the_bucket_is_made_versioned_encrypted_and_private(world: World) -> None:
    s3 = world.clients.s3
    assert backend.bucket_lacks(s3, name="to-be-made") == ALL
    assert backend.ensure_bucket(s3, name="to-be-made") == ALL
    assert s3.get_bucket_versioning(Bucket="to-be-made")["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket="to-be-made")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    blocked = s3.get_public_access_block(Bucket="to-be-made")["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())


def test_a_bucket_that_is_as_wanted_is_only_read(world: World) -> None:
    backend.ensure_bucket(world.clients.s3, name="made-before")
    s3, sent = clients_of(world.account).s3, []
    s3.meta.events.register("before-call.s3", lambda model, **_: sent.append(model.name))
    assert backend.ensure_bucket(s3, name="made-before") == ()
    assert len(sent) == 5
    assert all(name.startswith(("Get", "List")) for name in sent)


def test_a_bucket_that_was_opened_is_closed_again_and_keeps_its_content(world: World) -> None:
    s3 = world.clients.s3
    backend.ensure_bucket(s3, name="opened")
    s3.put_object(Bucket="opened", Key="state", Body=b"1")
    s3.delete_public_access_block(Bucket="opened")
    s3.put_bucket_versioning(Bucket="opened", VersioningConfiguration={"Status": "Suspended"})
    assert backend.ensure_bucket(s3, name="opened") == ("privacy", "versions")
    assert backend.bucket_lacks(s3, name="opened") == ()
    assert s3.get_object(Bucket="opened", Key="state")["Body"].read() == b"1"


def test_a_rule_that_deletes_the_state_is_taken_away_and_others_stay(world: World) -> None:
    s3, name = world.clients.s3, "kept"
    backend.ensure_bucket(s3, name=name)
    rules = [
        {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}},
        {
            "ID": "of-earlier",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 400},
        },
    ]
    for given, left in ((rules, ["of-earlier"]), (rules[:1], None)):
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": given})
        assert backend.bucket_lacks(s3, name=name) == ("no expiry",)
        assert backend.ensure_bucket(s3, name=name) == ("no expiry",)
        assert backend.bucket_lacks(s3, name=name) == ()
        if left:
            found = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
            assert [rule["ID"] for rule in found] == left


def test_a_key_that_the_customer_manages_stays(world: World) -> None:
    s3 = world.clients.s3
    backend.ensure_bucket(s3, name="customers-key")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/ours"}}
    s3.put_bucket_encryption(Bucket="customers-key", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert backend.ensure_bucket(s3, name="customers-key") == ()


@pytest.mark.parametrize("body", [b"garbage", b"[]", b'{"version": 4}'])
def test_what_is_no_state_is_told_with_the_place_that_brings_one_back(world: World, body: bytes) -> None:
    s3 = world.clients.s3
    backend.ensure_bucket(s3, name="spoiled")
    s3.put_object(Bucket="spoiled", Key="page/terraform.tfstate", Body=body)
    with pytest.raises(backend.StateError, match=r"is no state of Terraform's. Nothing was changed.*Restore"):
        backend.outputs(s3, bucket="spoiled", app_name="page")
