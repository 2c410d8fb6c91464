#pragma once
//
// OnBehalf: an executor on which everything runs for one request, so that what it logs bears the request's ids, with no
// parameter for it in any use case. A coroutine that is spawned on it has it at each resumption; so has what it spawns
// (`Shard::spawn`) and what it runs on another shard (`run_on`). What it hands to a thread of the store has not.
//
#include "base/log.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace evergrant::async {

/// Adds a LogScope to each function that `Inner` runs, and is otherwise like it. Thread: any.
template <class Inner>
class OnBehalf {
public:
    OnBehalf(Inner inner, std::shared_ptr<const LogContext> context) noexcept
        : inner_(std::move(inner)), context_(std::move(context)) {}

    [[nodiscard]] bool operator==(const OnBehalf& other) const noexcept {
        return inner_ == other.inner_ && context_ == other.context_;
    }

    template <class Property>
        requires boost::asio::can_query_v<const Inner&, Property>
    [[nodiscard]] decltype(auto) query(const Property& property) const
        noexcept(boost::asio::is_nothrow_query_v<const Inner&, Property>) {
        return boost::asio::query(inner_, property);
    }
    template <class Property>
        requires boost::asio::can_require_v<const Inner&, Property>
    [[nodiscard]] auto require(const Property& property) const {
        return with(boost::asio::require(inner_, property));
    }
    template <class Property>
        requires boost::asio::can_prefer_v<const Inner&, Property>
    [[nodiscard]] auto prefer(const Property& property) const {
        return with(boost::asio::prefer(inner_, property));
    }

    template <class Function>
    void execute(Function&& function) const {
        inner_.execute(
            [context = context_, function = std::decay_t<Function>(std::forward<Function>(function))]() mutable {
                const LogScope scope(std::move(context));
                std::move(function)();
            });
    }

private:
    template <class Other>
    [[nodiscard]] OnBehalf<Other> with(Other inner) const noexcept {
        return OnBehalf<Other>(std::move(inner), context_);
    }

    Inner inner_;
    std::shared_ptr<const LogContext> context_;
};

/// `executor` itself if `context` is null.
template <class Executor>
[[nodiscard]] boost::asio::any_io_executor on_behalf_of(std::shared_ptr<const LogContext> context, Executor executor) {
    if (context == nullptr)
        return executor;
    return OnBehalf<Executor>(std::move(executor), std::move(context));
}

/// A shard's executor is taken out of `executor`: with a context it fits into an any_io_executor as it is, and then
/// no thread shares a count with another.
[[nodiscard]] boost::asio::any_io_executor on_behalf_of(std::shared_ptr<const LogContext> context,
                                                        boost::asio::any_io_executor executor);

}  // namespace evergrant::async
