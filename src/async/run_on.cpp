#include "async/run_on.h"

namespace evergrant::async {

namespace {

Task<bool> true_after(std::function<Task<void>()> work) {
    co_await work();
    co_return true;
}

}  // namespace

Task<void> run_on(boost::asio::any_io_executor there, std::function<Task<void>()> work) {
    const std::function<Task<bool>()> with_value = [work = std::move(work)] { return true_after(work); };
    co_await run_on(std::move(there), with_value);
}

}  // namespace evergrant::async
