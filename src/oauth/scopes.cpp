#include "oauth/scopes.h"

namespace evergrant::oauth {

std::string join_scopes(const std::vector<std::string>& scopes, std::string_view separator) {
    std::string text;
    for (const std::string& scope : scopes) {
        if (!text.empty())
            text += separator;
        text += scope;
    }
    return text;
}

}  // namespace evergrant::oauth
