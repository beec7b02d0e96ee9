SELECT `b$5` AS `b`, `z$6` AS `z` FROM (SELECT toInt64(3) AS `b$5`, toInt64(3) AS `z$6` FROM system.one)
