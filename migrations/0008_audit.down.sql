DROP TABLE audit_chain;
DROP TABLE audit_entry;
{postgres:
DROP FUNCTION audit_is_not_emptied();
DROP FUNCTION audit_entry_stays();
}
