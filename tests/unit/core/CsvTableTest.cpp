#include "core/CsvTable.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class CsvTableTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CsvTableTest);
    CPPUNIT_TEST(cellsAreQuotedWhereTheyHoldCommasQuotesAndLines);
    CPPUNIT_TEST(eachRowKnowsItsLineAndItsText);
    CPPUNIT_TEST(emptyLinesAndAByteOrderMarkAreLeftOut);
    CPPUNIT_TEST(theQuoteBeforeAFormulaIsTakenAwayAgain);
    CPPUNIT_TEST(whatIsBrokenIsNamedWithItsLine);
    CPPUNIT_TEST_SUITE_END();

    /// "a|b" for each row.
    static std::string read(std::string_view text)
    {
        std::string all;
        for (const CsvRow& row : readCsv(text, 10)) {
            for (const std::string& cell : row.cells)
                all += (&cell == &row.cells.front() ? "" : "|") + cell;
            all += "\n";
        }
        return all;
    }

    static std::string refusalOf(std::string_view text)
    {
        try {
            readCsv(text, 2);
        } catch (const Error& error) {
            return error.what();
        }
        return "it was taken";
    }

    void cellsAreQuotedWhereTheyHoldCommasQuotesAndLines()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a|b\nx,y|say \"hi\"\none\r\ntwo|\n"),
                             read("a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n\"one\r\ntwo\",\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("a\nb\n"), read("a\nb"));
    }

    void eachRowKnowsItsLineAndItsText()
    {
        const std::string text = "a,b\n\"1\n2\",3\nlast,4";
        const auto rows = readCsv(text, 10);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows.at(1).line);
        CPPUNIT_ASSERT_EQUAL(std::string_view("\"1\n2\",3\n"), rows.at(1).text);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, rows.at(2).line);
    }

    void emptyLinesAndAByteOrderMarkAreLeftOut()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a\nb\n"), read("\xef\xbb\xbf"
                                                         "a\r\n\r\nb\n\n"));
    }

    void theQuoteBeforeAFormulaIsTakenAwayAgain()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("=1+1|'tis|-5\n"), read("\"'=1+1\",'tis,'-5\n"));
    }

    void whatIsBrokenIsNamedWithItsLine()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("line 2: a quoted cell that begins here never ends"),
                             refusalOf("a\n\"b\nc"));
        CPPUNIT_ASSERT_EQUAL(std::string("line 2: text stands behind a quoted cell"),
                             refusalOf("a\n\"b\"c\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("line 3: there are more than 2 rows"),
                             refusalOf("a\nb\nc\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("the file is not UTF-8 text"), refusalOf("a\xff\n"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CsvTableTest);
