//
// Reads a catalogue file and uses what was read. Whatever the bytes: an entry or problems and never both, every
// problem in a line the file has, and no URL made from an entry that is not an https URL.
//
#include "catalog/catalog.h"
#include "catalog/provider_reader.h"
#include "catalog/url_rule.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace evergrant;

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// What `extends` may name.
const std::map<ProviderId, catalog::Provider>& known() {
    static const std::map<ProviderId, catalog::Provider> entries = [] {
        static const catalog::Catalog built_in = catalog::Catalog::built_in();
        std::map<ProviderId, catalog::Provider> copies;
        for (const catalog::Provider* provider : built_in.all())
            copies.emplace(provider->id, *provider);
        return copies;
    }();
    return entries;
}

void use(const catalog::Provider& provider) {
    require(!boost::json::serialize(catalog::describe(provider)).empty());
    catalog::Parameters given;
    for (const catalog::ValueRule& rule : provider.parameters)
        given[rule.name] = rule.example.empty() && !rule.allowed.empty() ? rule.allowed.front() : rule.example;
    const auto params = catalog::check_parameters(provider, given);
    if (!params)
        return;
    (void)catalog::expand_all(provider.authorization_params, *params);
    (void)catalog::resolve_api_base(provider, *params, {});
    const auto endpoints = catalog::resolve_endpoints(provider, *params);
    if (!endpoints)
        return;
    for (const std::string& url :
         {endpoints->issuer, endpoints->authorization_url, endpoints->token_url, endpoints->revocation_url})
        require(url.empty() || catalog::check_catalogue_url(url));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto file = catalog::CatalogueFile::parse(text, "fuzzed.yaml");
    const std::size_t lines =
        1 + static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; }));
    if (!file) {
        require(!file.error().message.empty() && file.error().line <= lines + 1);
        return 0;
    }
    const catalog::ReadOutcome outcome = file->read(known());
    require(outcome.provider.has_value() == outcome.problems.empty());
    for (const catalog::Problem& problem : outcome.problems)
        require(!problem.message.empty() && problem.line <= lines + 1);
    if (outcome.provider)
        use(*outcome.provider);
    return 0;
}
