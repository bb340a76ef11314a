"""Everything that is true without a browser: rules, facts, tables and figures. Imports neither dash nor flask."""
