#include "connectors/html_text.h"

#include "hostile_texts.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {
namespace {

TEST(HtmlText, makes_no_tag_of_a_text) {
    EXPECT_EQ(to_html("<script>a & \"b\"</script>\r\n'c'"),
              "&lt;script&gt;a &amp; &quot;b&quot;&lt;/script&gt;<br>&#39;c&#39;");
}

TEST(HtmlText, reads_back_what_it_wrote) {
    for (const std::string_view text : {"", "a\nb", "1 < 2 && 3 > 2", "&lt;", "Zoë \"quoted\" 'so'"})
        EXPECT_EQ(text_of_html(to_html(text)), text);
}

TEST(HtmlText, reads_what_people_write_in_editors) {
    EXPECT_EQ(text_of_html("<div dir=\"auto\"><p>One</p><p><b>Two</b><br/>three</p></div>"), "One\nTwo\nthree");
}

TEST(HtmlText, ends_at_a_tag_that_does_not) {
    EXPECT_EQ(text_of_html("a<b"), "a");
    EXPECT_EQ(text_of_html("<"), "");
}

}  // namespace
}  // namespace evergrant::connectors
