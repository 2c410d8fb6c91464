#include "storage/store_exception.h"

namespace evergrant::storage {

Error error_of_current_exception() noexcept {
    try {
        throw;
    } catch (const StoreException& exception) {
        return exception.error();
    } catch (const std::exception& exception) {
        return Error{.code = Errc::internal_error,
                     .message = "The store failed in an unexpected way.",
                     .detail = exception.what()};
    } catch (...) {
        return Error{.code = Errc::internal_error, .message = "The store failed in an unexpected way."};
    }
}

}  // namespace evergrant::storage
