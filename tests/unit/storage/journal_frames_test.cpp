#include "storage/journal_frames.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {
namespace {

using Names = std::vector<std::string>;

using Kind = JournalPiece::Kind;

// What stands for a seal: boxes that open are in brackets.
bool opens(std::string_view box) {
    return box.starts_with('[') && box.ends_with(']') && box.find(']') == box.size() - 1;
}

std::vector<JournalPiece> pieces(std::string_view file) {
    return pieces_of(file, opens);
}

const std::string first = frame("[one]");
const std::string second = frame("[]");
const std::string third = frame("[three]");
const std::string file = first + second + third;

Names names_of(std::string_view content) {
    Names names;
    for (const auto& piece : pieces(content))
        if (piece.kind == Kind::open)
            names.emplace_back(piece.box());
    return names;
}

TEST(JournalFramesTest, a_frame_is_mark_length_and_box) {
    EXPECT_EQ(frame("box"), std::string("EGR\x01\0\0\0\x03", 8) + "box");
}

TEST(JournalFramesTest, pieces_are_the_records_in_order) {
    EXPECT_EQ(names_of(file), (Names{"[one]", "[]", "[three]"}));
    EXPECT_EQ(pieces(file).size(), 3U);
}

TEST(JournalFramesTest, an_empty_file_has_no_pieces) {
    EXPECT_TRUE(pieces("").empty());
}

TEST(JournalFramesTest, a_last_record_cut_at_any_byte_is_torn) {
    for (std::size_t size = 1; size < third.size(); ++size) {
        SCOPED_TRACE(size);

        const auto found = pieces(first + second + third.substr(0, size));

        ASSERT_EQ(found.size(), 3U);
        EXPECT_EQ(found[1].kind, Kind::open);
        EXPECT_EQ(found[2].kind, Kind::torn);
        EXPECT_EQ(found[2].bytes.size(), size);
    }
}

TEST(JournalFramesTest, records_behind_a_torn_one_are_found) {
    for (std::size_t size = 1; size < frame("[torn]").size(); ++size) {
        SCOPED_TRACE(size);

        const auto content = frame("[torn]").substr(0, size) + file;

        EXPECT_EQ(names_of(content), (Names{"[one]", "[]", "[three]"}));
        EXPECT_EQ(pieces(content).front().kind, Kind::closed);
    }
}

TEST(JournalFramesTest, a_flipped_bit_in_a_frame_costs_no_record) {
    for (std::size_t begin : {std::size_t{0}, first.size(), first.size() + second.size()})
        for (std::size_t bit = begin * 8; bit < (begin + 8) * 8; ++bit) {
            SCOPED_TRACE(bit);
            auto changed = file;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));

            EXPECT_EQ(names_of(changed), (Names{"[one]", "[]", "[three]"}));
        }
}

TEST(JournalFramesTest, a_length_that_leads_to_the_end_of_a_later_record_hides_none) {
    auto changed = file;
    changed[7] = static_cast<char>(static_cast<std::size_t>(changed[7]) + second.size());

    EXPECT_EQ(names_of(changed), (Names{"[one]", "[]", "[three]"}));
}

TEST(JournalFramesTest, a_mark_within_a_box_is_no_record) {
    const auto content = frame("[" + frame("[inner") + "]") + first;

    const auto found = pieces(content);

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].box(), "[one]");
}

TEST(JournalFramesTest, records_that_do_not_open_are_told_apart) {
    const auto found = pieces(frame("closed") + frame("closed too") + first + frame("closed") + "EGR");

    const Kind kinds[] = {Kind::closed, Kind::closed, Kind::open, Kind::closed, Kind::torn};
    ASSERT_EQ(found.size(), std::size(kinds));
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_EQ(found[i].kind, kinds[i]) << i;
}

TEST(JournalFramesTest, the_pieces_together_are_the_file) {
    const std::string files[] = {file, "rubbish", "rubbish" + file, file + "rubbish", file.substr(3), file + "EGR"};

    for (const auto& whole : files) {
        SCOPED_TRACE(whole);
        std::string together;

        for (const auto& piece : pieces(whole))
            together += piece.bytes;

        EXPECT_EQ(together, whole);
    }
}

TEST(JournalFramesTest, rubbish_at_the_end_is_not_torn) {
    EXPECT_EQ(pieces(file + "rubbish").back().kind, Kind::closed);
    EXPECT_EQ(pieces("rub").back().kind, Kind::closed);
    EXPECT_EQ(pieces("rub").back().box(), "");
}

TEST(JournalFramesTest, a_last_record_that_is_longer_than_it_says_is_not_torn) {
    EXPECT_EQ(pieces(file + frame("closed") + "more").back().kind, Kind::closed);
}

TEST(JournalFramesTest, without_a_key_too_the_beginning_of_a_record_at_the_end_is_cut) {
    const std::string begun = frame("that does not open");
    for (std::size_t size = 1; size < begun.size(); ++size)
        EXPECT_EQ(without_torn_end(file + begun.substr(0, size)), file) << size;
    for (const std::string& whole : {std::string(), file, file + begun, file + "rubbish", "rub" + file})
        EXPECT_EQ(without_torn_end(whole), whole);
}

}  // namespace
}  // namespace evergrant::storage
