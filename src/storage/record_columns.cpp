#include "storage/record_columns.h"

#include "storage/store_exception.h"

namespace evergrant::storage {

Role role_from(std::string_view column) {
    const std::optional<Role> role = parse_role(column);
    if (!role)
        throw StoreException(
            Error{.code = Errc::internal_error, .message = "A row of the store is not as it was written."});
    return *role;
}

}  // namespace evergrant::storage
