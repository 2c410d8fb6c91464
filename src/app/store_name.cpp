#include "app/store_name.h"

namespace evergrant::app {

std::expected<StoreName, std::string> parse_store_name(std::string_view text) {
    constexpr std::string_view embedded = "sqlite:";
    StoreName name;
    if (text.starts_with(embedded) && text.size() > embedded.size()) {
        name.folder = text.substr(embedded.size());
        return name;
    }
    if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
        name.url = SecretString(std::string(text));
        return name;
    }
    return std::unexpected("\"" + std::string(text.substr(0, text.find("://"))) +
                           "\" names no store; write sqlite:DIR or postgresql://HOST/DATABASE");
}

}  // namespace evergrant::app
