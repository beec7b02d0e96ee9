SELECT `c$6` AS `c`, `a$7` AS `a`, `b$8` AS `b` FROM (SELECT toInt64(1) AS `c$6`, (toInt64(toInt64(1)) + toInt64(toInt64(10))) AS `a$7`, toInt64(2) AS `b$8` FROM system.one)
