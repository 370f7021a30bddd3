"""What an operator can do: the list of commands, which commands/ holds."""

from invoke.collection import Collection

from commands import access, embedded, images, keys, logs, releases, reports, stack

namespace = Collection(
    releases.deploy,
    releases.rollback,
    keys.rotate_key,
    releases.releases,
    releases.status,
    releases.doctor,
    logs.logs,
    releases.open_,
    stack.bootstrap,
    images.build,
    images.push,
    images.pin,
    images.sbom,
    images.scan,
    stack.init,
    stack.plan,
    stack.apply,
    stack.output,
    stack.drift,
    stack.destroy,
    embedded.serve,
    embedded.up,
    embedded.down,
    embedded.env,
    reports.extract,
    reports.lexicon,
)

of_keys = Collection("keys", keys.list_keys, keys.restore_backup)
of_keys.add_task(keys.show_key, "show")
of_keys.add_task(keys.rotate_key, "set")
of_keys.add_task(keys.key_history, "history")
of_keys.add_task(keys.restore_key, "restore")
of_keys.add_task(keys.delete_key, "delete")
of_keys.add_task(keys.check_keys, "check")
namespace.add_collection(of_keys)

of_access = Collection("access", access.show_access)
of_access.add_task(access.set_client_secret, "set-secret")
namespace.add_collection(of_access)
