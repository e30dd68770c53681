-- What a PostgreSQL database needs, once, before the models are built in it. It has to compare texts by their
-- code points, as DuckDB does, which only its creation decides (PostgreSQL 17 or later):
--   create database warehouse template template0 locale_provider builtin builtin_locale 'C.UTF-8';

-- the models' names for them
create domain double as double precision;
create domain string as text;

do $$
begin
    -- so that a cast of a zoned timestamp is UTC
    execute format('alter database %I set timezone = %L', current_database(), 'UTC');
    -- a step of a model has no statistics: PostgreSQL expects one row of it and walks all of the next table for each
    execute format('alter database %I set enable_nestloop = off', current_database());
end
$$;
