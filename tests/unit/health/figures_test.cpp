// Figures of connections for who scrapes: how often they are counted.
#include "health_stage.h"
#include "switched_store.h"

#include <gtest/gtest.h>

namespace evergrant::health {

namespace {

class Figures : public HealthStage {
protected:
    static async::Task<Result<void>> scrape(Health* health) {
        co_await health->update_figures();
        co_return Result<void>();
    }

    /// As often as it is scraped every ten seconds for so long; each count takes `takes`.
    int counts_within(std::chrono::seconds time, std::chrono::milliseconds takes) {
        testing::SwitchedStore store(*store_);
        store.counts_alone = true;
        int counts = 0;
        store.when_counting = [this, &counts, takes] {
            ++counts;
            clock_.advance(takes);
        };
        Foundations foundations{.shards = shards_,
                                .broker = broker(),
                                .store = store,
                                .catalog = catalog_,
                                .clock = clock_,
                                .random = random_,
                                .metrics = metrics_};
        Health health(foundations, health_options_);
        const auto end = clock_.steady() + time;
        while (clock_.steady() < end) {
            EXPECT_TRUE(run(scrape(&health)));
            clock_.advance(std::chrono::seconds(10));
        }
        return counts;
    }
};

TEST_F(Figures, are_counted_at_most_once_a_minute) {
    EXPECT_EQ(counts_within(std::chrono::minutes(10), std::chrono::milliseconds(1)), 10);
}

TEST_F(Figures, that_take_long_are_counted_for_a_hundredth_of_the_time) {
    EXPECT_EQ(counts_within(std::chrono::hours(1), std::chrono::milliseconds(1'800)), 20);
}

}  // namespace

}  // namespace evergrant::health
