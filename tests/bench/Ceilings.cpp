#include "Ceilings.h"

namespace spokehub::bench
{

namespace statements
{

const std::vector<std::string> prepare = {
    R"(INSERT INTO variant (tenant_id, id, sku, created_at, updated_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       SELECT 1, i, 'BENCH-' || i, 0, 0 FROM n)",
    R"(INSERT INTO stock_level (tenant_id, variant_id, location_id, on_hand, updated_at)
       SELECT 1, id, 1, 1000000000, 0 FROM variant)"};

const std::vector<std::string> message = {
    R"(INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, topic, occurred_at, received_at)
       VALUES (1, CAST(:id AS BIGINT), 1, 'a8d5f3c0-90ab-4e1f-8000-' || CAST(:id AS TEXT), 'orders/create', 1, 1)
       ON CONFLICT (tenant_id, message_id, channel_id) DO NOTHING)",
    R"(INSERT INTO inbox_body (tenant_id, id, body) VALUES (1, CAST(:id AS BIGINT), :body))"};

const std::vector<std::string> order = {
    message[0],
    message[1],
    R"(INSERT INTO order_fact (tenant_id, channel_id, external_id, fact_key, updated_at, hash, body, cause, recorded_at)
       VALUES (1, 1, CAST(:id AS TEXT), 'order', 1, 1, :fact, 'msg_0123456789abc', 1))",
    R"(INSERT INTO sales_order (tenant_id, id, channel_id, external_id, number, status, payment_status, currency, total,
                                detail, placed_at, channel_updated_at, created_at, updated_at)
       VALUES (1, CAST(:id AS BIGINT), 1, CAST(:id AS TEXT), '#1001', 'open', 'paid', 'USD', 14695, :detail,
               CAST(:id AS BIGINT), 1, 1, 1))",
    R"(INSERT INTO order_line (tenant_id, order_id, id, external_line_id, external_variant_id, variant_id, sku, title,
                               unit_price, ordered, target)
       VALUES (1, CAST(:id AS BIGINT), 1, '13000000000001', '808950810', CAST(:a AS BIGINT), 'LEG-CORE-BLK-S',
               'Core Leggings - Black / S', 6500, 1, 1),
              (1, CAST(:id AS BIGINT), 2, '13000000000002', '808950811', CAST(:b AS BIGINT), 'LEG-CORE-BLK-M',
               'Core Leggings - Black / M', 6500, 1, 1))",
    R"(INSERT INTO reservation (tenant_id, owner_id, variant_id, location_id, owner_kind, order_id, quantity, subject_id,
                                asked, created_at)
       VALUES (1, CAST(:id AS BIGINT), CAST(:a AS BIGINT), 1, 1, CAST(:id AS BIGINT), 1, CAST(:a AS BIGINT), 1, 1),
              (1, CAST(:id AS BIGINT) + 1, CAST(:b AS BIGINT), 1, 1, CAST(:id AS BIGINT), 1, CAST(:b AS BIGINT), 1, 1))",
    R"(INSERT INTO stock_movement (tenant_id, id, variant_id, location_id, kind, on_hand_delta, reserved_delta, on_hand,
                                   reserved, previous_id, owner_id, cause, actor, at)
       VALUES (1, CAST(:id AS BIGINT), CAST(:a AS BIGINT), 1, 1, 0, 1, 9, 1, CAST(:id AS BIGINT) - 2000, 1,
               'msg_0123456789abc', 'channel-shopify', 1),
              (1, CAST(:id AS BIGINT) + 1, CAST(:b AS BIGINT), 1, 1, 0, 1, 9, 1, CAST(:id AS BIGINT) - 1999, 1,
               'msg_0123456789abc', 'channel-shopify', 1))",
    R"(INSERT INTO task (tenant_id, id, channel_id, kind, subject_id, queue, state, next_attempt_at, planned_at)
       VALUES (1, CAST(:id AS BIGINT), 1, 1, CAST(:a AS BIGINT), 0, 1, 1, 1)
       ON CONFLICT (tenant_id, subject_id, channel_id, kind) DO UPDATE SET generation = task.generation + 1)",
    R"(INSERT INTO task (tenant_id, id, channel_id, kind, subject_id, queue, state, next_attempt_at, planned_at)
       VALUES (1, CAST(:id AS BIGINT) + 1, 1, 1, CAST(:b AS BIGINT), 0, 1, 1, 1)
       ON CONFLICT (tenant_id, subject_id, channel_id, kind) DO UPDATE SET generation = task.generation + 1)",
    R"(UPDATE stock_level SET reserved = reserved + 1, last_movement_id = CAST(:id AS BIGINT)
       WHERE tenant_id = 1 AND variant_id = CAST(:a AS BIGINT) AND location_id = 1 AND on_hand - reserved >= 1)",
    R"(UPDATE stock_level SET reserved = reserved + 1, last_movement_id = CAST(:id AS BIGINT)
       WHERE tenant_id = 1 AND variant_id = CAST(:b AS BIGINT) AND location_id = 1 AND on_hand - reserved >= 1)",
    R"(UPDATE inbox_message SET state = 2, settled_at = 1 WHERE tenant_id = 1 AND id = CAST(:id AS BIGINT))"};

const std::vector<std::string> reservation = {
    R"(INSERT INTO reservation (tenant_id, owner_id, variant_id, location_id, owner_kind, quantity, subject_id, asked,
                                created_at)
       VALUES (1, CAST(:id AS BIGINT), 1, 1, 2, 1, 1, 1, 1))",
    R"(UPDATE stock_level SET reserved = reserved + 1
       WHERE tenant_id = 1 AND variant_id = 1 AND location_id = 1 AND on_hand - reserved >= 1)"};

const std::vector<std::string> count = {
    R"(INSERT INTO stock_movement (tenant_id, id, variant_id, location_id, kind, on_hand_delta, reserved_delta, on_hand,
                                   reserved, previous_id, owner_id, cause, actor, reason, at)
       VALUES (1, CAST(:id AS BIGINT), CAST(:a AS BIGINT), 1, 4, 1, 0, 9, 1, CAST(:id AS BIGINT) - 2000, NULL,
               'req_0123456789abc', 'key-bench', 'bench', 1))",
    R"(UPDATE stock_level SET on_hand = 1000000000 + CAST(:id AS BIGINT), last_movement_id = CAST(:id AS BIGINT), updated_at = 1
       WHERE tenant_id = 1 AND variant_id = CAST(:a AS BIGINT) AND location_id = 1)"};

} // namespace statements

std::unique_ptr<Ceilings> ceilingsOf(const Store& store)
{
    return store.engine() == "sqlite" ? sqliteCeilings(store) : postgresCeilings(store);
}

} // namespace spokehub::bench
