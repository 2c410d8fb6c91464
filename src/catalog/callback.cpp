#include "catalog/provider.h"

#include <boost/json/value.hpp>

#include <algorithm>

namespace evergrant::catalog {

namespace {

Result<void> compare(const std::string& name, const Template& expected, const Parameters& params,
                     const std::map<std::string, std::string>& others) {
    const Parameters no_metadata;
    const auto wanted = expected.expand({params, no_metadata});
    if (!wanted)
        return std::unexpected(wanted.error());
    const auto received = others.find(name);
    if (received == others.end() || received->second != *wanted)
        return invalid_field(name, "The callback's \"" + name + "\" is not that of the authorization it answers.");
    return {};
}

}  // namespace

Result<Parameters> apply_callback(const Provider& provider, Parameters params,
                                  const std::map<std::string, std::string>& others) {
    for (const auto& [name, expected] : provider.callback.must_equal) {
        if (const auto equal = compare(name, expected, params, others); !equal)
            return std::unexpected(equal.error());
    }
    for (const auto& [name, parameter] : provider.callback.parameters) {
        if (const auto received = others.find(name); received != others.end())
            params.insert_or_assign(parameter, received->second);
    }
    return check_parameters(provider, params);
}

boost::json::object kept_of_callback(const Provider& provider, const std::map<std::string, std::string>& others) {
    boost::json::object kept;
    for (const std::string& name : provider.callback.keep) {
        if (const auto received = others.find(name); received != others.end())
            kept[name] = received->second.substr(0, TextPattern::longest_value);
    }
    return kept;
}

}  // namespace evergrant::catalog
