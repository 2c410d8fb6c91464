#pragma once
//
// Calls: an open store's engine and the two ways to use it, each measured: reads on any reader, changes by the one
// writer.
//
#include "storage/call_meter.h"
#include "storage/data_folder.h"
#include "storage/sealer.h"
#include "storage/sqlite/readers.h"
#include "storage/sqlite/session.h"
#include "storage/sqlite/writer.h"
#include "storage/store.h"

#include <functional>
#include <memory>
#include <utility>

namespace evergrant::storage::sqlite {

/// Everything of an open store, in the order in which it comes up; it goes down the other way round.
struct Engine {
    DataFolder folder;
    std::unique_ptr<Sealer> sealer;
    std::unique_ptr<Writer> writer;
    std::unique_ptr<Readers> readers;
};

/// Thread: any.
class Calls {
protected:
    /// `metrics`: null: nothing is measured.
    Calls(Engine engine, Metrics* metrics) : engine_(std::move(engine)) {
        if (metrics != nullptr) {
            reads_ = CallMeter(*metrics, "sqlite", "read");
            changes_ = CallMeter(*metrics, "sqlite", "write");
        }
    }
    ~Calls() = default;

    template <class T, class Work>
    Task<Result<T>> change(Work work) {
        return changes_.measured(engine_.writer->run<T>(std::move_only_function<Result<T>(Session&)>(std::move(work))));
    }

    template <class T, class Work>
    Task<Result<T>> read(Work work) {
        return reads_.measured(engine_.readers->run<T>(std::function<Result<T>(Session&)>(std::move(work))));
    }

    Engine engine_;

private:
    CallMeter reads_;
    CallMeter changes_;
};

}  // namespace evergrant::storage::sqlite
