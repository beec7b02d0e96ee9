SELECT `Count$15` AS `Count` FROM (SELECT `Count$15` FROM (SELECT toInt64(count()) AS `Count$15` FROM (SELECT 1 AS `one$` FROM `t`.`DeviceNetworkEvents`)))
