#pragma once
//
// TcpRelay: stands between clients and a server on 127.0.0.1, on a thread of its own. When told to, it holds back what
// clients send, and hands it on later, even when its client has gone meanwhile: what a network may do.
//
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace evergrant::testing {

class TcpRelay {
public:
    explicit TcpRelay(std::uint16_t server_port) : server_(loopback(server_port)), acceptor_(context_, loopback(0)) {
        accept();
        thread_ = std::thread([this] { context_.run(); });
    }
    TcpRelay(const TcpRelay&) = delete;
    TcpRelay& operator=(const TcpRelay&) = delete;
    ~TcpRelay() {
        context_.stop();
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// From now on what clients send waits here.
    void hold() {
        const std::lock_guard lock(mutex_);
        holding_ = true;
    }

    /// Hands on what waits, and from now on everything at once.
    void release() {
        std::promise<void> handed_on;
        boost::asio::post(context_, [&] {
            std::vector<std::shared_ptr<Pair>> pairs;
            {
                const std::lock_guard lock(mutex_);
                holding_ = false;
                pairs = pairs_;
                for (const auto& pair : pairs) {
                    if (!pair->held.empty())
                        owing_.insert(pair.get());
                }
            }
            for (const auto& pair : pairs)
                hand_on(*pair, std::exchange(pair->held, {}));
            handed_on.set_value();
        });
        handed_on.get_future().wait();
    }

    /// Waits until the server has said something to each part of what `release` handed on, or ended its session; false:
    /// it did not.
    [[nodiscard]] bool wait_for_answers() {
        std::unique_lock lock(mutex_);
        return answered_.wait_for(lock, std::chrono::seconds(10), [this] { return owing_.empty(); });
    }

    /// When a client next sends something with this text in it, the answer is lost, and with it the connection.
    void lose_answer_to(std::string text) {
        const std::lock_guard lock(mutex_);
        lost_after_ = std::move(text);
    }

    /// All that clients have sent and that was handed on.
    [[nodiscard]] std::string sent() {
        const std::lock_guard lock(mutex_);
        return sent_;
    }
    void forget_sent() {
        const std::lock_guard lock(mutex_);
        sent_.clear();
    }

    /// How many connections were accepted so far.
    [[nodiscard]] std::size_t connections() {
        const std::lock_guard lock(mutex_);
        return pairs_.size();
    }

private:
    using Socket = boost::asio::ip::tcp::socket;

    struct Pair {
        explicit Pair(boost::asio::io_context& context) : client(context), server(context) {}
        Socket client;
        Socket server;
        std::array<char, 4096> upward{};
        std::array<char, 4096> downward{};
        std::string held;
        bool losing{false};
    };

    static boost::asio::ip::tcp::endpoint loopback(std::uint16_t port) {
        return {boost::asio::ip::address_v4::loopback(), port};
    }

    void accept() {
        const auto pair = std::make_shared<Pair>(context_);
        acceptor_.async_accept(pair->client, [this, pair](boost::system::error_code failed) {
            if (failed)
                return;
            boost::system::error_code refused;
            pair->server.connect(server_, refused);
            {
                const std::lock_guard lock(mutex_);
                pairs_.push_back(pair);
            }
            if (!refused) {
                read_client(pair);
                read_server(pair);
            } else {
                pair->client.close(refused);
            }
            accept();
        });
    }

    void read_client(const std::shared_ptr<Pair>& pair) {
        pair->client.async_read_some(boost::asio::buffer(pair->upward),
                                     [this, pair](boost::system::error_code ended, std::size_t size) {
                                         const std::string bytes(pair->upward.data(), size);
                                         if (is_holding()) {
                                             pair->held += bytes;
                                         } else {
                                             hand_on(*pair, bytes);
                                             if (ended)
                                                 pair->server.close(ended);
                                         }
                                         if (!ended)
                                             read_client(pair);
                                     });
    }

    void read_server(const std::shared_ptr<Pair>& pair) {
        pair->server.async_read_some(
            boost::asio::buffer(pair->downward), [this, pair](boost::system::error_code ended, std::size_t size) {
                boost::system::error_code gone;
                if (pair->losing) {
                    pair->client.close(gone);
                    pair->server.close(gone);
                    return;
                }
                boost::asio::write(pair->client, boost::asio::buffer(pair->downward.data(), size), gone);
                {
                    const std::lock_guard lock(mutex_);
                    owing_.erase(pair.get());
                }
                answered_.notify_all();
                if (ended)
                    pair->client.close(gone);
                else
                    read_server(pair);
            });
    }

    [[nodiscard]] bool is_holding() {
        const std::lock_guard lock(mutex_);
        return holding_;
    }

    void hand_on(Pair& pair, const std::string& bytes) {
        {
            const std::lock_guard lock(mutex_);
            sent_ += bytes;
            if (!lost_after_.empty() && bytes.find(lost_after_) != std::string::npos) {
                pair.losing = true;
                lost_after_.clear();
            }
        }
        boost::system::error_code gone;
        boost::asio::write(pair.server, boost::asio::buffer(bytes), gone);
    }

    boost::asio::io_context context_{1};
    boost::asio::ip::tcp::endpoint server_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::mutex mutex_;
    std::condition_variable answered_;
    std::vector<std::shared_ptr<Pair>> pairs_;
    std::string sent_;
    std::string lost_after_;
    std::set<const Pair*> owing_;
    bool holding_{false};
    std::thread thread_;
};

}  // namespace evergrant::testing
