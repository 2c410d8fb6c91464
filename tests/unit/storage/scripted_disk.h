#pragma once
//
// For tests: SQLite on a disk that is full or fails when told to. Passes everything on to the real file system, counts
// the syncs of the write-ahead log, and stands in for the default file system as long as it lives.
//
#include <sqlite3.h>

#include <atomic>
#include <cstddef>

namespace evergrant::testing {

class ScriptedDisk {
public:
    ScriptedDisk() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
        vfs_.zName = "scripted-disk";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.pNext = nullptr;
        vfs_.pAppData = this;
        vfs_.xOpen = open;
        sqlite3_vfs_register(&vfs_, 1);
    }
    ScriptedDisk(const ScriptedDisk&) = delete;
    ScriptedDisk& operator=(const ScriptedDisk&) = delete;
    ~ScriptedDisk() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
    }

    void fill_up() { write_answer_ = SQLITE_FULL; }
    void break_writes() { write_answer_ = SQLITE_IOERR_WRITE; }
    void break_syncs() { sync_answer_ = SQLITE_IOERR_FSYNC; }
    void mend() {
        write_answer_ = SQLITE_OK;
        sync_answer_ = SQLITE_OK;
    }
    [[nodiscard]] std::size_t log_syncs() const { return log_syncs_; }

private:
    struct File {
        sqlite3_file base;
        ScriptedDisk* disk;
        bool is_log;
    };

    static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
    static sqlite3_file* under(sqlite3_file* file) {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
    }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
        auto* disk = static_cast<ScriptedDisk*>(vfs->pAppData);
        of(file) = {{nullptr}, disk, (flags & SQLITE_OPEN_WAL) != 0};
        const int code = disk->real_->xOpen(disk->real_, name, under(file), flags, out_flags);
        if (code == SQLITE_OK)
            file->pMethods = &methods;
        return code;
    }

    static int close(sqlite3_file* file) { return under(file)->pMethods->xClose(under(file)); }
    static int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
        return under(file)->pMethods->xRead(under(file), bytes, size, at);
    }
    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
        const int answer = of(file).disk->write_answer_;
        return answer != SQLITE_OK ? answer : under(file)->pMethods->xWrite(under(file), bytes, size, at);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        return under(file)->pMethods->xTruncate(under(file), size);
    }
    static int sync(sqlite3_file* file, int flags) {
        const File& own = of(file);
        if (own.is_log)
            ++own.disk->log_syncs_;
        const int answer = own.disk->sync_answer_;
        return answer != SQLITE_OK ? answer : under(file)->pMethods->xSync(under(file), flags);
    }
    static int size_of(sqlite3_file* file, sqlite3_int64* size) {
        return under(file)->pMethods->xFileSize(under(file), size);
    }
    static int lock(sqlite3_file* file, int kind) { return under(file)->pMethods->xLock(under(file), kind); }
    static int unlock(sqlite3_file* file, int kind) { return under(file)->pMethods->xUnlock(under(file), kind); }
    static int check_lock(sqlite3_file* file, int* held) {
        return under(file)->pMethods->xCheckReservedLock(under(file), held);
    }
    static int control(sqlite3_file* file, int what, void* argument) {
        return under(file)->pMethods->xFileControl(under(file), what, argument);
    }
    static int sector_size(sqlite3_file* file) { return under(file)->pMethods->xSectorSize(under(file)); }
    static int traits(sqlite3_file* file) { return under(file)->pMethods->xDeviceCharacteristics(under(file)); }
    static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
        return under(file)->pMethods->xShmMap(under(file), page, size, extend, out);
    }
    static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
        return under(file)->pMethods->xShmLock(under(file), offset, count, flags);
    }
    static void shm_barrier(sqlite3_file* file) { under(file)->pMethods->xShmBarrier(under(file)); }
    static int shm_unmap(sqlite3_file* file, int remove) {
        return under(file)->pMethods->xShmUnmap(under(file), remove);
    }

    static constexpr sqlite3_io_methods methods{
        2,       close,       read,   write,   truncate, sync,        size_of,   lock,    unlock, check_lock,
        control, sector_size, traits, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_;
    std::atomic<int> write_answer_{SQLITE_OK};
    std::atomic<int> sync_answer_{SQLITE_OK};
    std::atomic<std::size_t> log_syncs_{0};
};

}  // namespace evergrant::testing
