#include "broker/secret_list.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace evergrant::broker {

namespace {

void append(std::vector<SecretString>& list, std::vector<SecretString> more) {
    std::ranges::move(more, std::back_inserter(list));
}

}  // namespace

SecretList SecretList::read(std::vector<SecretString> stored) {
    constexpr std::size_t of_a_head = 3;
    SecretList list;
    std::vector<SecretString>* target = &list.usual;
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (!stored[i].empty()) {
            target->push_back(std::move(stored[i]));
            continue;
        }
        if (!list.by)
            list.by.emplace();
        if (stored.size() - i < of_a_head)
            break;
        SecretsOfParameter& one = list.by->emplace_back();
        one.parameter = stored[++i].reveal();
        one.value = stored[++i].reveal();
        target = &one.secrets;
    }
    return list;
}

std::vector<SecretString> SecretList::written() && {
    std::vector<SecretString> stored = std::move(usual);
    if (!by)
        return stored;
    if (by->empty())
        stored.emplace_back();
    for (SecretsOfParameter& one : *by) {
        stored.emplace_back();
        stored.emplace_back(one.parameter);
        stored.emplace_back(one.value);
        append(stored, std::move(one.secrets));
    }
    return stored;
}

void narrow_to(AppClient* client, const catalog::Parameters& connection) {
    std::vector<SecretString> all;
    all.push_back(std::move(client->registration.client_secret));
    append(all, std::move(client->other_secrets));
    if (all.size() == 1) {  // the only one, or none
        client->registration.client_secret = std::move(all.front());
        client->other_secrets.clear();
        return;
    }
    SecretList list = SecretList::read(std::move(all));
    std::vector<SecretString> chosen = std::move(list.usual);
    if (list.by) {
        const auto found = std::ranges::find_if(*list.by, [&connection](const SecretsOfParameter& one) {
            const auto given = connection.find(one.parameter);
            return given != connection.end() && given->second == one.value;
        });
        if (found != list.by->end())
            chosen = std::move(found->secrets);
    }
    client->registration.client_secret = chosen.empty() ? SecretString() : std::move(chosen.front());
    client->other_secrets.clear();
    if (chosen.size() > 1)
        client->other_secrets.assign(std::make_move_iterator(chosen.begin() + 1),
                                     std::make_move_iterator(chosen.end()));
}

}  // namespace evergrant::broker
