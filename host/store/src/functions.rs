//! Functions of SQL that diesel does not bring.

use diesel::sql_types::Text;

#[diesel::declare_sql_function]
extern "SQL" {
    /// As the unique indexes on names and addresses have it.
    fn lower(text: Text) -> Text;
}
