#include "async/shard.h"

#include "base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>

#include <chrono>
#include <exception>
#include <future>
#include <utility>

namespace evergrant::async {

Shard::Shard(std::size_t index) : index_(index), context_(1), gate_(context_.get_executor()) {}

bool Shard::spawn(std::string_view name, std::function<Task<void>()> work, AtDrain at_drain) {
    auto pass = gate_.enter();
    if (!pass)
        return false;
    auto shared_pass = std::make_shared<Gate::Pass>(std::move(*pass));
    const auto running = running_.emplace(running_.end());
    running->name = name;
    running->at_drain = at_drain;
    // Posted: a cancellation may be what ends the work, while `drain` walks the list.
    auto finished = [this, running](std::exception_ptr) {
        boost::asio::post(context_, [this, running] { running_.erase(running); });
    };
    boost::asio::co_spawn(on_behalf_of(LogScope::current(), context_.get_executor()),
                          run_work(std::string(name), std::move(work), std::move(shared_pass)),
                          boost::asio::bind_cancellation_slot(running->cancel.slot(), std::move(finished)));
    return true;
}

Task<void> Shard::run_work(std::string name, std::function<Task<void>()> work, std::shared_ptr<Gate::Pass> pass) {
    try {
        co_await work();
    } catch (const boost::system::system_error& error) {
        const bool stopped = error.code() == boost::asio::error::operation_aborted;
        log(stopped ? LogLevel::debug : LogLevel::error, stopped ? "background_work_stopped" : "background_work_failed",
            {{"name", name}, {"error", error.what()}});
    } catch (const std::exception& error) {
        log(LogLevel::error, "background_work_failed", {{"name", name}, {"error", error.what()}});
    } catch (...) {
        log(LogLevel::error, "background_work_failed", {{"name", name}, {"error", "not a std::exception"}});
    }
    pass.reset();
}

Task<bool> Shard::drain(Deadline deadline, std::chrono::milliseconds patience) {
    gate_.close();
    cancel_running(AtDrain::stop);
    bool empty = co_await gate_.wait_until_empty(deadline);
    if (!empty) {
        for (const auto& running : running_)
            log(LogLevel::warning, "background_work_cancelled", {{"name", running.name}});
        cancel_running(AtDrain::stop);
        cancel_running(AtDrain::finish);
        empty = co_await gate_.wait_until_empty(Deadline::after(patience));
    }
    co_return empty;
}

void Shard::cancel_running(AtDrain which) {
    for (auto& running : running_)
        if (running.at_drain == which)
            running.cancel.emit(boost::asio::cancellation_type::terminal);
}

void Shard::run() noexcept {
    ::pthread_setname_np(::pthread_self(), ("shard-" + std::to_string(index_)).c_str());
    bool ended = false;
    while (!ended) {
        try {
            context_.run();
            ended = true;
        } catch (const std::exception& error) {
            log(LogLevel::error, "handler_failed", {{"error", error.what()}});
        }
    }
}

Shards::Shards(std::size_t count) {
    for (std::size_t index = 0; index < count; ++index)
        shards_.push_back(std::make_unique<Shard>(index));
}

Shards::~Shards() {
    stop(Deadline::after(std::chrono::seconds(0)));
    // A frame of one shard may refer to another's context: all frames go before any context does.
    for (auto& shard : shards_)
        shard->context_.drop_handlers();
}

void Shards::start() {
    for (auto& shard : shards_) {
        guards_.push_back(boost::asio::make_work_guard(shard->context()));
        threads_.emplace_back([shard = shard.get()] { shard->run(); });
    }
}

void Shards::stop(Deadline deadline, std::chrono::milliseconds patience) {
    if (threads_.empty())
        return;
    std::vector<std::future<bool>> drained;
    for (auto& shard : shards_) {
        auto done = std::make_shared<std::promise<bool>>();
        drained.push_back(done->get_future());
        auto report = [done](std::exception_ptr, bool empty) { done->set_value(empty); };
        boost::asio::post(shard->context(), [shard = shard.get(), deadline, patience, report] {
            boost::asio::co_spawn(shard->context(), shard->drain(deadline, patience), report);
        });
    }
    for (auto& one : drained)
        one.wait();
    guards_.clear();
    for (auto& shard : shards_)
        shard->context().stop();
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

}  // namespace evergrant::async
