#include "app/command_branches.h"
#include "app/option_kinds.h"
#include "crypto/jwt_signer.h"

#include <utility>

namespace evergrant::app {

namespace {

void add_algorithm(CLI::App& command, std::string& algorithm) {
    const auto known = crypto::JwtSigner::algorithms();
    add_choice(command, "algorithm", {known.begin(), known.end()}, "what it signs with",
               [&algorithm, known](std::size_t index) { algorithm = known[index]; })
        ->required();
}

}  // namespace

void add_signing_key_commands(CLI::App& root, Draft& draft) {
    CLI::App& keys = add_group(root, "signing-keys", "Make, list and rotate the keys we prove ourselves with");
    keys.footer(
        "Providers that know us by private_key_jwt fetch the public halves from /.well-known/jwks.json. Needs an\n"
        "admin's key. Examples:\n"
        "  evergrant signing-keys create RS384\n"
        "  evergrant signing-keys rotate RS384 --overlap-hours 48\n"
        "  evergrant signing-keys import RS256 service-account.pem");

    CLI::App& creating = add_command(keys, "create", "Make a key, and print its id", draft,
                                     [&draft] { return Command(std::move(draft.signing_keys_create)); });
    add_algorithm(creating, draft.signing_keys_create.algorithm);
    add_server(creating, draft.signing_keys_create.server);

    CLI::App& importing = add_command(keys, "import", "Bring a private key made elsewhere, and print its id", draft,
                                      [&draft] { return Command(std::move(draft.signing_keys_import)); });
    add_algorithm(importing, draft.signing_keys_import.algorithm);
    add_file(importing, "file", "PEM without a passphrase, or a JWK", draft.signing_keys_import.file)->required();
    add_server(importing, draft.signing_keys_import.server);

    CLI::App& listing = add_command(keys, "list", "List keys, and when each signs", draft,
                                    [&draft] { return Command(std::move(draft.signing_keys_list)); });
    add_json(listing, draft.signing_keys_list.as_json);
    add_server(listing, draft.signing_keys_list.server);

    SigningKeysRotate& rotate = draft.signing_keys_rotate;
    CLI::App& rotating = add_command(keys, "rotate", "Make a key that takes over, and print its id", draft,
                                     [&draft] { return Command(std::move(draft.signing_keys_rotate)); });
    rotating.footer(
        "The new key is published at once and signs when the overlap is over: until then providers have fetched it. "
        "The\nold one is published for as long again after that.");
    add_algorithm(rotating, rotate.algorithm);
    add_number(rotating, "--overlap-hours", "HOURS", "how long both are published; default: 24",
               [&rotate](std::uint32_t hours) { rotate.overlap = std::chrono::hours(hours); });
    add_text(rotating, "--replaces", "ID", "which key, where several sign with the algorithm", rotate.replaced);
    add_server(rotating, rotate.server);

    CLI::App& removing = add_command(keys, "remove", "End a key at once, as when others have it", draft,
                                     [&draft] { return Command(std::move(draft.signing_keys_remove)); });
    add_text(removing, "id", "ID", "the key's id, as the list shows it", draft.signing_keys_remove.id)->required();
    add_server(removing, draft.signing_keys_remove.server);
}

}  // namespace evergrant::app
