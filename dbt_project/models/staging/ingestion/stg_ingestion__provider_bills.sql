with bills as (
    select * from {{ source('raw', 'provider_bill') }}
),

files as (
    select * from {{ source('raw', 'provider_bill_file') }}
),

names as (
    {{ model_names('select distinct model as name from bills') }}
),

-- A row without a project speaks of the whole account, so it and those with one exclude each other.
placed as (
    select
        bills.*,
        files.source_id,
        files.format,
        max(bills.bill_number) over one_day as newest,
        max(bills.bill_number) over one_project as newest_of_project,
        coalesce(max(case when bills.project = '' then bills.bill_number end) over one_day, 0)
            as newest_of_account
    from bills
    inner join files on bills.bill_number = files.bill_number
    window
        one_day as (
            partition by files.source_id, files.format, bills.provider, bills.bill_date
        ),
        one_project as (
            partition by
                files.source_id, files.format, bills.provider, bills.bill_date, bills.project
        )
),

final as (
    select
        placed.bill_number,
        placed.line_number,
        placed.source_id,
        placed.format,
        placed.provider,
        placed.bill_date,
        coalesce(names.model_id, placed.model) as model_id,
        placed.project,
        placed.api_key,
        placed.line_item,
        placed.service_tier,
        placed.is_batch,
        placed.is_byok,
        placed.currency,
        placed.amount as bill_amount,
        placed.requests,
        placed.input_total_tokens,
        placed.cache_read_tokens,
        placed.cache_write_tokens,
        placed.output_total_tokens,
        placed.output_reasoning_tokens,
        placed.web_searches
    from placed
    left join names on placed.model = names.alias
    where
        placed.bill_number = placed.newest_of_project
        and placed.bill_number >= placed.newest_of_account
        and (placed.project <> '' or placed.bill_number = placed.newest)
)

select * from final
