SELECT `a_10$7` AS `a_10`, `a_2$8` AS `a_2`, `b$9` AS `b` FROM (SELECT toInt64(3) AS `a_10$7`, toInt64(1) AS `a_2$8`, toInt64(2) AS `b$9` FROM system.one)
