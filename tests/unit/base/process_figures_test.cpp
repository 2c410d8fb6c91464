#include "base/process_figures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>

namespace evergrant {
namespace {

TEST(ProcessFiguresTest, an_opened_file_is_counted) {
    const auto before = read_process_figures().open_files;
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const auto with_file = read_process_figures().open_files;
    ::close(file);
    const auto after = read_process_figures().open_files;

    EXPECT_EQ(with_file, before + 1);
    EXPECT_EQ(after, before);
}

TEST(ProcessFiguresTest, the_process_started_a_short_while_ago) {
    const double age = static_cast<double>(std::time(nullptr)) - read_process_figures().start_time_seconds;

    EXPECT_GT(age, -5);
    EXPECT_LT(age, 3600);
}

TEST(ProcessFiguresTest, processor_time_grows_with_work) {
    const double before = read_process_figures().cpu_seconds;
    volatile double sink = 0;
    while (read_process_figures().cpu_seconds < before + 0.01) {
        for (int i = 0; i < 100'000; ++i)
            sink = sink + i;
    }

    EXPECT_GT(read_process_figures().cpu_seconds, before);
}

}  // namespace
}  // namespace evergrant
